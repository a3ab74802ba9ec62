import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CommandRefused } from '../../../src/errors/operational-errors.js'
import { controlPath } from '../../../src/main/control/control-path.js'

describe('the path of the control socket', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-path-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const long = (name: string) => join(folder, 'd'.repeat(90), name)

  it('is beside the data file', () => {
    expect(controlPath(join(folder, 'jeton.db'))).toBe(join(folder, 'jeton.db.sock'))
  })

  it('is the same by whatever path the file is reached', () => {
    mkdirSync(join(folder, 'data'))
    symlinkSync(join(folder, 'data'), join(folder, 'link'))
    expect(controlPath(join(folder, 'link', 'jeton.db'))).toBe(controlPath(join(folder, 'data', 'jeton.db')))
  })

  it('is short, and its own, where the path beside the file is too long for a Unix socket', () => {
    const path = controlPath(long('jeton.db'), folder)
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(103)
    expect(controlPath(long('jeton.db'), folder)).toBe(path)
    expect(controlPath(long('other.db'), folder)).not.toBe(path)
    expect(lstatSync(dirname(path)).mode & 0o777).toBe(0o700)
  })

  it('counts bytes, not characters', () => {
    expect(controlPath(join(folder, 'ä'.repeat(45), 'jeton.db'), folder)).not.toContain('ä')
  })

  it('is refused in a folder that others can enter, or that is a link', () => {
    const own = dirname(controlPath(long('jeton.db'), folder))
    chmodSync(own, 0o755)
    expect(() => controlPath(long('jeton.db'), folder)).toThrow(CommandRefused)
    rmSync(own, { recursive: true })
    mkdirSync(join(folder, 'elsewhere'), { mode: 0o700 })
    symlinkSync(join(folder, 'elsewhere'), own)
    expect(() => controlPath(long('jeton.db'), folder)).toThrow(CommandRefused)
    rmSync(join(folder, 'elsewhere'), { recursive: true })
    expect(() => controlPath(long('jeton.db'), folder)).toThrow(CommandRefused)
  })

  it('is refused where even the short one is too long', () => {
    expect(() => controlPath(long('jeton.db'), long('tmp'))).toThrow(CommandRefused)
  })
})
