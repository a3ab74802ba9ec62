import { createMemoryFailureLimiter } from '../adapters/memory/memory-failure-limiter.js'
import { noFailureLimiter } from '../adapters/memory/no-failure-limiter.js'
import { createSystemClock } from '../adapters/system/clock.js'
import { createEventLog } from '../adapters/system/event-log.js'
import type { Settings } from '../config/settings.js'
import { createSealer } from '../keys/seal.js'
import type { Clock } from '../model/time.js'
import type { FailureLimiter } from '../stores/failure-limiter.js'
import { createPasswordHashing } from '../users/password-hash.js'
import { openStorage } from './open-storage.js'
import type { Resources } from './resources.js'

export interface OpenResources {
  readonly resources: Resources
  close(): Promise<void>
}

/**
 * Opens everything that touches the outside world.
 * @returns undefined when another process has the embedded database.
 * @throws StoreUnavailable @throws CommandRefused
 */
export async function openResources(settings: Settings): Promise<OpenResources | undefined> {
  const storage = await openStorage(settings)
  if (storage === undefined) return undefined
  const clock = createSystemClock()
  const alone: Resources = {
    stores: storage.stores,
    ...(storage.among !== undefined && { among: storage.among }),
    sealer: createSealer(storage.encryptionKeys),
    clock,
    log: createEventLog({ level: settings.log.level }),
    passwords: createPasswordHashing(),
    clientFailures: failureLimiter(settings, settings.rateLimit.perClient, clock),
    userFailures: failureLimiter(settings, settings.rateLimit.perUser, clock),
  }
  // Loaded by whoever has one.
  const shared = settings.redis && (await import('./open-shared.js')).openShared(settings.redis, settings, alone)
  return {
    resources: { ...alone, ...(shared !== undefined && { share: shared.share }) },
    async close() {
      await shared?.close()
      await storage.close()
    },
  }
}

function failureLimiter({ rateLimit }: Settings, perName: number, clock: Clock): FailureLimiter {
  return rateLimit.enable ? createMemoryFailureLimiter({ ...rateLimit, perName }, clock) : noFailureLimiter
}
