import type { ClientId, GrantId, KeyId, TokenId, UserId } from '../model/ids.js'
import type { RevocationEntry, RevokedOwner } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'

/** What is to be revoked; the log gives it its place, its cut-off and its expiry. */
export type NewRevocation =
  /** `expiresAt`: the token's own expiry where it is known. `owner`: kept beside the entry for receivers that know no tokens or grants by their id. */
  | { readonly kind: 'token'; readonly id: TokenId; readonly expiresAt: EpochSeconds | undefined; readonly owner?: RevokedOwner }
  | { readonly kind: 'grant'; readonly id: GrantId; readonly owner?: RevokedOwner }
  | { readonly kind: 'key'; readonly id: KeyId }
  /** `open`: no cut-off, matches whatever the times say, until an entry with a cut-off takes its place. */
  | { readonly kind: 'subject'; readonly id: UserId; readonly open: boolean }
  | { readonly kind: 'client'; readonly id: ClientId; readonly open: boolean }
  | { readonly kind: 'all' }

/** Whose the token or grant is, as far as whoever revokes it knows. */
export function knownOwner(revocation: NewRevocation): RevokedOwner | undefined {
  return revocation.kind === 'token' || revocation.kind === 'grant' ? revocation.owner : undefined
}

/**
 * The truth about revocations: a log without gaps, in the order of its commits.
 *
 * An entry's cut-off is the database's time inside the transaction, rounded up, plus the allowed clock skew; it never
 * lies before an earlier cut-off of the same kind and id. A `subject` or `client` entry for one that is disabled now is
 * always open. `expires` is reckoned with the longest lifetimes that were ever in force (see ChangeHeads).
 */
export interface RevocationLog {
  /**
   * Makes the whole batch durable in one transaction and gives it consecutive places. A `grant` is marked revoked in its
   * grant row, a `token` or `grant` in the rows of stored tokens, in the same transaction.
   * @returns the entries, in the order of the batch.
   * @throws StoreUnavailable when it cannot be made durable, or when that cannot be told (a connection lost at the commit): all of it is, or none.
   */
  append(batch: readonly NewRevocation[]): Promise<readonly RevocationEntry[]>
  /**
   * At most `limit` entries with a `seq` greater than the given one, ascending. Expired ones may be among them.
   * @throws StoreUnavailable
   */
  since(seq: number, limit: number): Promise<readonly RevocationEntry[]>
  /**
   * Whether the log is still the one whose newest entry was at `seq`, in the batch named `link` (Heads). True also where that cannot be
   * told: nothing came after it yet, what did was trimmed, or was written by a version that did not chain.
   * @throws StoreUnavailable
   */
  continues(seq: number, link: string): Promise<boolean>
  /**
   * The first place among the newest so many at which stands another entry than was written, or one that was not written behind
   * the one before; undefined where there is none. @throws StoreUnavailable
   */
  findBreak(newest: number): Promise<number | undefined>
}
