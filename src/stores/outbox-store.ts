import type { RevocationEntry, RevocationKind, RevokedOwner } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import type { Lease } from './lease-store.js'

/** A line of the log with what stands beside the entry. */
export interface LoggedRevocation {
  readonly entry: RevocationEntry
  readonly createdAt: EpochSeconds
  /** Of tokens and grants only, where whoever revoked them knew. */
  readonly owner: RevokedOwner | undefined
}

/** How far the log has been told to a receiver outside. */
export interface OutboxPosition {
  /** Everything up to this place of the log is told, but for `late`. */
  readonly seq: number
  /** Places before it that are still to be told, ascending. */
  readonly late: readonly number[]
}

export interface LogRange {
  readonly seq: number
  readonly limit: number
  /** undefined: of every kind. */
  readonly kind?: RevocationKind
}

/**
 * What is still to be told to a receiver outside. The log itself is the queue: nothing is stored for an entry but its line there, and
 * an entry that has left the log can hit no living token, so that nobody needs to be told of it any more.
 */
export interface OutboxStore {
  /** Where the one of this name stands; at the beginning of the log before anything was told. @throws StoreUnavailable */
  position(name: string): Promise<OutboxPosition>
  /**
   * Moves the outbox that has the lease's name.
   * @returns false, with nothing changed, when somebody with a newer lease has moved it. @throws StoreUnavailable
   */
  move(lease: Lease, position: OutboxPosition): Promise<boolean>
  /** At most `limit` lines with a greater `seq`, ascending. @throws StoreUnavailable */
  since(range: LogRange): Promise<readonly LoggedRevocation[]>
  /** Those of these places that are still in the log, ascending. @throws StoreUnavailable */
  at(places: readonly number[]): Promise<readonly LoggedRevocation[]>
}
