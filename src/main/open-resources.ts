import { createMemoryFailureLimiter } from '../adapters/memory/memory-failure-limiter.js'
import { noFailureLimiter } from '../adapters/memory/no-failure-limiter.js'
import { type Database, openDatabase } from '../adapters/prisma/open-database.js'
import { createSystemClock } from '../adapters/system/clock.js'
import { tryTakeDatabaseLock } from '../adapters/system/database-lock.js'
import { makeEncryptionKeyFile, readEncryptionKeyFile } from '../adapters/system/encryption-key-file.js'
import { createEventLog } from '../adapters/system/event-log.js'
import type { Settings } from '../config/settings.js'
import { CommandRefused } from '../errors/operational-errors.js'
import { createSealer } from '../keys/seal.js'
import type { Clock } from '../model/time.js'
import type { FailureLimiter } from '../stores/failure-limiter.js'
import type { Resources } from './resources.js'

export interface OpenResources {
  readonly resources: Resources
  close(): Promise<void>
}

/**
 * Opens everything that touches the outside world, under the lock of the embedded database, with its schema up to date.
 * @returns undefined when another process has the lock.
 * @throws StoreUnavailable @throws CommandRefused
 */
export async function openResources(settings: Settings): Promise<OpenResources | undefined> {
  const lock = tryTakeDatabaseLock(settings.database.file)
  if (lock === undefined) return undefined
  try {
    const database = await openDatabase({ file: settings.database.file, ...settings.revocation })
    await database.migrate()
    const clock = createSystemClock()
    const resources: Resources = {
      stores: database,
      sealer: createSealer(await encryptionKeys(settings, database)),
      clock,
      log: createEventLog({ level: settings.log.level }),
      clientFailures: failureLimiter(settings, settings.rateLimit.perClient, clock),
      userFailures: failureLimiter(settings, settings.rateLimit.perUser, clock),
    }
    return {
      resources,
      async close() {
        await database.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

function failureLimiter({ rateLimit }: Settings, perName: number, clock: Clock): FailureLimiter {
  return rateLimit.enable ? createMemoryFailureLimiter({ ...rateLimit, perName }, clock) : noFailureLimiter
}

/** The configured keys, else the one in the file beside the embedded database, which is made together with the first keys. */
async function encryptionKeys({ keystore, database: { file } }: Settings, database: Database): Promise<readonly Buffer[]> {
  if (keystore.encryptionKeys.length > 0) return keystore.encryptionKeys
  const keyFile = `${file}.key`
  const key = readEncryptionKeyFile(keyFile)
  if (key !== undefined) return [key]
  const { keys } = await database.keys.list()
  if (keys.length > 0)
    throw new CommandRefused('no_encryption_key', `${keyFile} is missing, and with it what opens the keys in ${file}: put it back from a backup`)
  return [makeEncryptionKeyFile(keyFile)]
}
