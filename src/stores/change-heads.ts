import type { EpochSeconds, Seconds } from '../model/time.js'

/** One row that says how far everything has come, so that one query per poll is enough. */
export interface Heads {
  /** When the revocation log was begun, in milliseconds since 1970. */
  readonly epoch: number
  /** Place of the newest entry of the revocation log; 0 when it is empty. */
  readonly seq: number
  /** The name of the batch in which the newest entry was written, drawn at random; empty before the first. */
  readonly link: string
  /** Up to here expired entries may be missing from the log; after it there is none missing. */
  readonly trimmedTo: number
  /** Grows with every change of a client. */
  readonly clients: number
  /** Grows with every change of a user. */
  readonly users: number
  /** Grows with every change of a key. */
  readonly keys: number
  /** The longest that were ever in force. */
  readonly longestAccessLifetime: Seconds
  readonly longestRefreshLifetime: Seconds
  /** The database's clock at the time of the answer, in milliseconds since 1970. */
  readonly databaseTimeMs: number
}

export interface ChangeHeads {
  /** @throws StoreUnavailable */
  read(): Promise<Heads>
  /** Records lifetimes that come into force, and the longest that any client has of its own; never shortens what is recorded. @throws StoreUnavailable */
  raiseLifetimes(access: Seconds, refresh: Seconds): Promise<void>
  /**
   * Records that the database was away from `began`, by its own clock, until now: whoever met that with a refresh gets its
   * `grace` from now on. One that several nodes met is one outage, and so are those between which a grace was not over.
   * @throws StoreUnavailable
   */
  recordOutage(began: EpochSeconds, grace: Seconds): Promise<void>
  /**
   * Begins a new epoch of the log with its head at least at `seq`, unless another node has done so already.
   * The new epoch is greater than `from` and not before the database's time. @throws StoreUnavailable
   */
  startEpoch(from: number, seq: number): Promise<void>
}
