import { NEVER, type RevocationEntry } from '../../model/revocation-entry.js'
import { after, type EpochSeconds, epochSeconds, later, longer, type Seconds, seconds } from '../../model/time.js'
import type { NewRevocation } from '../../stores/revocation-log.js'
import type { Runner } from './database-session.js'
import { inChunks } from './in-chunks.js'
import { type CutOffs, readCutOffs } from './read-cut-offs.js'
import { takePlaces } from './sql/head.js'
import { insertRevocations, revokeGrants, revokeTokens, revokeTokensOfGrants } from './sql/revocations.js'
import { integer, type SqlInteger } from './sql-integer.js'

export interface RevocationLimits {
  /** How long an entry stays after the last token that it can match. */
  readonly keepAfterExpiry: Seconds
  readonly maxClockSkew: Seconds
}

/** What the head row says when the places have been taken. */
interface Places {
  readonly first: number
  readonly now: EpochSeconds
  /** The cut-off of what is revoked now. */
  readonly cutoff: EpochSeconds
  readonly longestLifetime: Seconds
  readonly keepAfterExpiry: Seconds
}

/** Writes the batch in the transaction it is given, with what follows from it in grants and stored tokens. */
export async function appendRevocations(
  transaction: Runner,
  batch: readonly NewRevocation[],
  limits: RevocationLimits,
): Promise<readonly RevocationEntry[]> {
  if (batch.length === 0) return []
  const places = await takePlacesFor(transaction, batch.length, limits)
  const cutOffs = await readCutOffs(transaction, batch)
  const entries = batch.map((revocation, index) => toEntry(revocation, places.first + index, places, cutOffs))
  for (const rows of inChunks(entries)) await transaction.$executeRaw(insertRevocations(rows, places.now))
  const grants = [...new Set(batch.flatMap((revocation) => (revocation.kind === 'grant' ? [revocation.id] : [])))]
  for (const ids of inChunks(grants)) {
    await transaction.$executeRaw(revokeGrants(ids, expiryAfter(places.cutoff, places)))
    await transaction.$executeRaw(revokeTokensOfGrants(ids))
  }
  const tokens = batch.flatMap((revocation) => (revocation.kind === 'token' ? [revocation.id] : []))
  for (const ids of inChunks(tokens)) await transaction.$executeRaw(revokeTokens(ids))
  return entries
}

/** The entry of a change, in the transaction of that change. */
export async function appendRevocation(transaction: Runner, revocation: NewRevocation, limits: RevocationLimits): Promise<RevocationEntry> {
  const [entry] = await appendRevocations(transaction, [revocation], limits)
  if (entry === undefined) throw new TypeError('one revocation makes one entry')
  return entry
}

async function takePlacesFor(transaction: Runner, count: number, limits: RevocationLimits): Promise<Places> {
  type Taken = Record<'SEQ' | 'LONGEST_ACCESS' | 'LONGEST_REFRESH' | 'NOW_MS', SqlInteger>
  const [taken] = await transaction.$queryRaw<[Taken]>(takePlaces(count))
  const nowMs = integer(taken.NOW_MS)
  return {
    first: integer(taken.SEQ) - count + 1,
    now: epochSeconds(Math.floor(nowMs / 1000)),
    cutoff: after(epochSeconds(Math.ceil(nowMs / 1000)), limits.maxClockSkew),
    longestLifetime: longer(seconds(integer(taken.LONGEST_ACCESS)), seconds(integer(taken.LONGEST_REFRESH))),
    keepAfterExpiry: limits.keepAfterExpiry,
  }
}

function toEntry(revocation: NewRevocation, seq: number, places: Places, cutOffs: CutOffs): RevocationEntry {
  switch (revocation.kind) {
    case 'key':
      return { seq, kind: 'key', id: revocation.id, cutoff: undefined, expires: NEVER }
    case 'token':
      return { seq, kind: 'token', id: revocation.id, cutoff: undefined, expires: tokenExpiry(revocation.expiresAt, places) }
    case 'grant':
      return { seq, kind: 'grant', id: revocation.id, cutoff: undefined, expires: expiryAfter(places.cutoff, places) }
    case 'subject':
    case 'client':
      return cutOffEntry({ kind: revocation.kind, id: revocation.id, open: revocation.open }, seq, places, cutOffs)
    case 'all':
      return cutOffEntry({ kind: 'all', id: '', open: false }, seq, places, cutOffs)
  }
}

interface CutOffTarget extends Pick<RevocationEntry, 'kind' | 'id'> {
  readonly open: boolean
}

function cutOffEntry({ kind, id, open }: CutOffTarget, seq: number, places: Places, cutOffs: CutOffs): RevocationEntry {
  const standing = cutOffs.of(kind, id)
  // A clock that was set back must not bring back what an earlier entry has cut off.
  const cutoff = later(places.cutoff, standing.greatest ?? places.cutoff)
  return { seq, kind, id, cutoff: open || standing.open ? undefined : cutoff, expires: expiryAfter(cutoff, places) }
}

function tokenExpiry(expiresAt: EpochSeconds | undefined, places: Places): EpochSeconds {
  return expiresAt === undefined ? expiryAfter(places.cutoff, places) : after(expiresAt, places.keepAfterExpiry)
}

/** When the entry may go that hits what was made until `cutoff`. */
function expiryAfter(cutoff: EpochSeconds, { longestLifetime, keepAfterExpiry }: Places): EpochSeconds {
  return after(after(cutoff, longestLifetime), keepAfterExpiry)
}
