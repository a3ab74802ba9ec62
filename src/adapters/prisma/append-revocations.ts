import type { RevocationEntry } from '../../model/revocation-entry.js'
import { after, type EpochSeconds, epochSeconds, longer, type Seconds, seconds } from '../../model/time.js'
import { type EntryTimes, expiryAfter, makeEntry } from '../../revocations/make-entry.js'
import type { NewRevocation } from '../../stores/revocation-log.js'
import type { Runner } from './database-session.js'
import { inChunks } from './in-chunks.js'
import { readLogStanding } from './read-log-standing.js'
import { takePlaces } from './sql/head.js'
import { insertRevocations, revokeGrants, revokeTokens, revokeTokensOfGrants } from './sql/revocations.js'
import { integer, type SqlInteger } from './sql-integer.js'

export interface RevocationLimits {
  /** How long an entry stays after the last token that it can match. */
  readonly keepAfterExpiry: Seconds
  readonly maxClockSkew: Seconds
}

/** What the head row says when the places have been taken. */
export interface Places extends EntryTimes {
  readonly first: number
  readonly now: EpochSeconds
}

/** Writes the batch in the transaction it is given, with what follows from it in grants and stored tokens. */
export async function appendRevocations(
  transaction: Runner,
  batch: readonly NewRevocation[],
  limits: RevocationLimits,
): Promise<readonly RevocationEntry[]> {
  if (batch.length === 0) return []
  const { dialect } = transaction
  const places = await takePlacesFor(transaction, batch.length, limits)
  const standing = await readLogStanding(transaction, batch)
  const entries = batch.map((revocation, index) => makeEntry(revocation, places.first + index, places, standing))
  for (const rows of inChunks(entries)) await transaction.execute(insertRevocations(rows, places.now))
  const grants = [...new Set(batch.flatMap((revocation) => (revocation.kind === 'grant' ? [revocation.id] : [])))]
  for (const ids of inChunks(grants)) {
    await transaction.execute(revokeGrants(dialect, ids, expiryAfter(places.cutoff, places)))
    await transaction.execute(revokeTokensOfGrants(dialect, ids))
  }
  const tokens = batch.flatMap((revocation) => (revocation.kind === 'token' ? [revocation.id] : []))
  for (const ids of inChunks(tokens)) await transaction.execute(revokeTokens(dialect, ids))
  return entries
}

/** The entry of a change, in the transaction of that change. */
export async function appendRevocation(transaction: Runner, revocation: NewRevocation, limits: RevocationLimits): Promise<RevocationEntry> {
  const [entry] = await appendRevocations(transaction, [revocation], limits)
  if (entry === undefined) throw new TypeError('one revocation makes one entry')
  return entry
}

/** The next `count` places of the log, and the time of their taking. */
export async function takePlacesFor(transaction: Runner, count: number, limits: RevocationLimits): Promise<Places> {
  type Taken = Record<'SEQ' | 'LONGEST_ACCESS' | 'LONGEST_REFRESH' | 'NOW_MS', SqlInteger>
  const taken = await transaction.change<Taken>(takePlaces(transaction.dialect, count))
  if (taken === undefined) throw new Error('the row of JETON_HEAD is missing')
  const nowMs = integer(taken.NOW_MS)
  return {
    first: integer(taken.SEQ) - count + 1,
    now: epochSeconds(Math.floor(nowMs / 1000)),
    cutoff: after(epochSeconds(Math.ceil(nowMs / 1000)), limits.maxClockSkew),
    longestLifetime: longer(seconds(integer(taken.LONGEST_ACCESS)), seconds(integer(taken.LONGEST_REFRESH))),
    keepAfterExpiry: limits.keepAfterExpiry,
  }
}
