import type { EpochSeconds } from '../model/time.js'

/** What one run of a purge did to one target. */
export interface PurgeReport {
  readonly target: string
  readonly deleted: number
  readonly batches: number
  /** How long it took, with fractions down to a millisecond. */
  readonly seconds: number
  /** How many rows could still go. */
  readonly remaining: number
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
}
