import { OAuthError } from '../errors/oauth-error.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { FeedPosition } from '../verification/feed-position.js'
import type { EntryWalk } from '../verification/revocation-set.js'

/** What the feed tells of: one process's knowledge of the revocation log. */
export interface RevocationView {
  /** When the log was begun, in milliseconds since 1970, as digits; undefined before anything was loaded. */
  epoch(): string | undefined
  /** Up to here every entry is known. */
  seq(): number
  /** When SQL last confirmed that this is the head, in milliseconds since 1970. */
  confirmedAtMs(): number
  /** Up to here expired entries may be missing from the log. */
  trimmedTo(): number
  /** Goes through what is in force, while more may come. */
  walk(): EntryWalk
}

/** At most `limit` entries of the log with a greater `seq`, ascending. @throws StoreUnavailable */
export type ReadLog = (seq: number, limit: number) => Promise<readonly RevocationEntry[]>

/** How far the view has come. @throws OAuthError `temporarily_unavailable` before anything was loaded. */
export function loadedPosition(view: RevocationView): FeedPosition {
  const epoch = view.epoch()
  if (epoch === undefined) throw new OAuthError('temporarily_unavailable', 'the revocations are not loaded yet')
  return { epoch, seq: view.seq() }
}
