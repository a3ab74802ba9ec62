import type { EpochSeconds } from '../model/time.js'
import type { RowsByReason } from './purge-target.js'

/** What one run of a purge did to one target. */
export interface PurgeReport {
  readonly target: string
  readonly deleted: number
  readonly byReason: RowsByReason
  readonly batches: number
  /** How long it took, with fractions down to a millisecond. */
  readonly seconds: number
  /** How many rows could still go; null: it stopped before the end of a table that it would have to walk through to know. */
  readonly remaining: number | null
}

export interface PastPurge extends PurgeReport {
  /** By the database's clock. */
  readonly endedAt: EpochSeconds
}

/** What was purged last, whichever process did it. */
export interface PurgeRuns {
  /** Keeps the report of a run that ends now, in place of that of the run before. @throws StoreUnavailable */
  record(report: PurgeReport): Promise<void>
  /** The last run of each target that was ever purged, ascending by target. @throws StoreUnavailable */
  list(): Promise<readonly PastPurge[]>
  /** Where the last batch of a target ended that went under a lease; null: at the end, or there was none. @throws StoreUnavailable */
  place(target: string): Promise<string | null>
}
