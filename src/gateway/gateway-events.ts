import type { RevocationEntry } from '../model/revocation-entry.js'
import type { FeedPosition } from '../verification/feed-position.js'

/** What an operator may want to know of. None holds a token or a secret. */
export type GatewayEvent =
  /** What was kept in the file was taken in; `ageMs` since the server last confirmed it. */
  | { readonly type: 'warm_start'; readonly position: FeedPosition; readonly entries: number; readonly ageMs: number }
  | { readonly type: 'snapshot'; readonly position: FeedPosition; readonly entries: number }
  /** The connection was lost, or not made. It is tried again. */
  | { readonly type: 'feed_problem'; readonly message: string }
  /** What came does not fit what is known: another snapshot is asked for. */
  | { readonly type: 'resync'; readonly message: string }
  /** What is known does not add up to what the server has, in these hours (seconds since 1970, divided by 3600). */
  | { readonly type: 'digest_differs'; readonly buckets: readonly number[] }
  /** A message without the signature of the issuer, or with a bad one. */
  | { readonly type: 'untrusted'; readonly message: string }
  /** The file could not be written or read; the gateway goes on without. */
  | { readonly type: 'file_problem'; readonly message: string }
  /** What another program is told could not be written; it is tried again, and grows old meanwhile. */
  | { readonly type: 'copy_problem'; readonly message: string }

/**
 * Is told of every revocation, to carry it on (into the map of another program). Exceptions of an observer are its own affair: they must not
 * come out of it.
 */
export interface RevocationObserver {
  /** A new whole is coming. What was told before counts until it is there. */
  snapshot(): SnapshotObserver
  /** One more. It replaces an earlier one of its kind and id. */
  change(entry: RevocationEntry): void
  /** The server has confirmed that nothing is missing up to here. */
  confirmed(position: FeedPosition, times: ConfirmedTimes): void
}

/** Both by the server's clock, in milliseconds since 1970. */
export interface ConfirmedTimes {
  /** Now. What has expired by then may be dropped. */
  readonly nowMs: number
  /** When its database said so: staleness counts from then. */
  readonly confirmedAtMs: number
}

export interface SnapshotObserver {
  entry(entry: RevocationEntry): void
  /** It came whole: what was told before is replaced. */
  taken(position: FeedPosition): void
  /** It is not to be used. */
  abandoned(): void
}

/** Tells nobody. */
export const NO_OBSERVER: RevocationObserver = {
  snapshot: () => ({ entry: () => undefined, taken: () => undefined, abandoned: () => undefined }),
  change: () => undefined,
  confirmed: () => undefined,
}
