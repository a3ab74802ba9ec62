import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '../../src/config/environment.js'
import { loadSettings } from '../../src/config/load-settings.js'
import { FileTooLong, readFailure, readFileAtMost } from '../../src/config/read-file.js'

describe('readFileAtMost', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-config-'))
  const file = join(folder, 'deployment.toml')
  afterAll(() => rmSync(folder, { recursive: true }))

  it('reads a file up to its limit and refuses a longer one', () => {
    writeFileSync(file, '0123456789')
    expect(new TextDecoder().decode(readFileAtMost(file, 10))).toBe('0123456789')
    expect(() => readFileAtMost(file, 9)).toThrow(FileTooLong)
  })

  it('tells in few words why a file cannot be read', () => {
    const failureOf = (path: string): string => {
      try {
        readFileAtMost(path, 10)
        return ''
      } catch (cause) {
        return readFailure(cause)
      }
    }
    expect(failureOf(join(folder, 'none'))).toBe('there is no such file')
    expect(failureOf(folder)).toBe('it is a folder')
    expect(readFailure(Object.assign(new Error('x'), { code: 'EACCES' }))).toBe('EACCES')
  })

  it('is how settings are loaded from a real file, with paths beside it', () => {
    writeFileSync(file, '[database.identity_db]\nname = "x.db"\n[keystore]\nencryption_key = "$secret{key}"\n')
    writeFileSync(join(folder, 'key'), `${'0f'.repeat(32)}\r\n`)
    expect(loadSettings(file, readEnvironment())).toMatchObject({
      ok: true,
      settings: { database: { file: join(folder, 'x.db') }, keystore: { encryptionKeys: [Buffer.alloc(32, 0x0f)] } },
    })
  })

  it('has the environment of the process, as a copy', () => {
    expect(readEnvironment()).toEqual({ ...process.env })
    expect(readEnvironment()).not.toBe(process.env)
  })
})
