import { NEVER, type RevocationEntry } from '../model/revocation-entry.js'
import type { Clock } from '../model/time.js'
import { type BucketSums, bucketOf, createLogDigest, type LogSum } from '../verification/log-digest.js'

/** What one process knows the log to add up to. */
export interface FeedDigest {
  /** New entries, in the order of the log, each once. */
  add(entries: readonly RevocationEntry[]): void
  /** The log is read again from its beginning. */
  restart(): void
  /** All of the log has been read. `databaseTimeMs`: the database's clock at that moment, in milliseconds since 1970. */
  confirm(databaseTimeMs: number): void
  sum(): LogSum
  sums(): BucketSums
  /** Drops what has become useless. */
  tidy(): void
}

const NOTHING = bucketOf(NEVER) + 1

export function createFeedDigest(clock: Clock): FeedDigest {
  let digest = createLogDigest()
  let knownFrom = NOTHING

  /** Of the hour in which the log was read, and of those before, expired entries may have been trimmed from it. */
  function fromBucket(): number {
    return Math.max(knownFrom, bucketOf(clock.now()))
  }

  return {
    add(entries) {
      for (const entry of entries) digest.add(entry)
    },
    restart() {
      digest = createLogDigest()
      knownFrom = NOTHING
    },
    confirm(databaseTimeMs) {
      if (knownFrom === NOTHING) knownFrom = bucketOf(Math.max(databaseTimeMs, clock.nowMs()) / 1000) + 1
    },
    sum: () => digest.sum(fromBucket()),
    sums: () => digest.sums(fromBucket()),
    tidy: () => digest.forget(fromBucket()),
  }
}
