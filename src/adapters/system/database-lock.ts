import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Libsql from 'libsql'
import { CommandRefused } from '../../errors/operational-errors.js'

/** Held by the one process that has the database file open. The kernel frees it when the process dies, however it dies. */
export interface DatabaseLock {
  release(): void
}

/** @returns undefined when another process holds the lock. */
export function tryTakeDatabaseLock(file: string): DatabaseLock | undefined {
  const lockFile = `${file}.lock`
  mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 })
  closeSync(openSync(lockFile, 'a', 0o600))
  const database = new Libsql(lockFile, { timeout: 0 })
  try {
    // Nothing is ever written: an open transaction is the lock.
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) return undefined
    throw error
  }
  return { release: () => database.close() }
}

/** @throws CommandRefused `database_in_use` when another process holds the lock. */
export function takeDatabaseLock(file: string): DatabaseLock {
  const lock = tryTakeDatabaseLock(file)
  if (lock === undefined) throw new CommandRefused('database_in_use', `another process has ${file} open`)
  return lock
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}
