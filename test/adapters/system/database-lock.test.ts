import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { takeDatabaseLock, tryTakeDatabaseLock } from '../../../src/adapters/system/database-lock.js'
import { CommandRefused } from '../../../src/errors/operational-errors.js'

const HERE = dirname(fileURLToPath(import.meta.url))

describe('The lock of a database file', () => {
  let folder = ''
  let file = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-lock-'))
    file = join(folder, 'data', 'jeton.db')
  })
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('is held by one at a time, and free again when it is released', () => {
    const first = tryTakeDatabaseLock(file)
    expect(first).toBeDefined()
    expect(tryTakeDatabaseLock(file)).toBeUndefined()
    expect(() => takeDatabaseLock(file)).toThrow(CommandRefused)
    first?.release()
    const second = takeDatabaseLock(file)
    second.release()
  })

  it('is a file of its own, for its owner only', () => {
    const lock = takeDatabaseLock(file)
    expect((statSync(`${file}.lock`).mode & 0o777).toString(8)).toBe('600')
    expect((statSync(dirname(file)).mode & 0o777).toString(8)).toBe('700')
    lock.release()
  })

  it('keeps another process out, and is free as soon as that one is killed', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', join(HERE, 'lock-holding-process.ts'), file], {
      cwd: join(HERE, '../../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    await once(child.stdout, 'data')
    expect(tryTakeDatabaseLock(file)).toBeUndefined()
    child.kill('SIGKILL')
    await once(child, 'exit')
    const lock = tryTakeDatabaseLock(file)
    expect(lock).toBeDefined()
    lock?.release()
  }, 30_000)
})
