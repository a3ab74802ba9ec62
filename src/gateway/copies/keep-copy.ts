import { type Clock, epochSeconds } from '../../model/time.js'
import type { ConfirmedTimes, RevocationObserver } from '../gateway-events.js'
import { createCopyEntries } from './copy-entries.js'
import type { CopyTimes, RevocationCopy } from './revocation-copy.js'
import { createCopyWriter } from './write-copy.js'

export interface KeptCopyNeeds {
  /** How old what the server confirmed may become before the copy must not be believed. */
  readonly hardMs: number
  readonly clock: Clock
  /** The copy could not be written. It is tried again. */
  readonly onProblem: (message: string) => void
}

/** Told of revocations, it keeps a copy of them at the same place. */
export interface KeptCopy extends RevocationObserver {
  /** Leaves the copy as it is: it grows old. Resolves when nothing is being written any more. */
  close(): Promise<void>
}

/**
 * Carries every revocation into the copy. Nothing is written before the server has confirmed what was told, and a confirmation only
 * after everything that it confirms.
 */
export function keepCopy(copy: RevocationCopy, { hardMs, clock, onProblem }: KeptCopyNeeds): KeptCopy {
  const entries = createCopyEntries()
  const writer = createCopyWriter(copy, entries, onProblem)

  return {
    snapshot() {
      const loading = entries.load()
      return {
        entry: loading.take,
        taken() {
          loading.commit()
          writer.startOver()
        },
        abandoned: () => undefined,
      }
    },
    change(entry) {
      entries.take(entry)
      writer.wake()
    },
    confirmed(_position, times) {
      entries.expire(epochSeconds(Math.floor(times.nowMs / 1000)))
      writer.confirm(copyTimes(times, clock.nowMs(), hardMs))
    },
    async close() {
      await writer.stop()
      await copy.close()
    },
  }
}

function copyTimes({ nowMs, confirmedAtMs }: ConfirmedTimes, localMs: number, hardMs: number): CopyTimes {
  return {
    goodUntil: epochSeconds(Math.floor((localMs + hardMs - (nowMs - confirmedAtMs)) / 1000)),
    serverAhead: Math.round((nowMs - localMs) / 1000),
  }
}
