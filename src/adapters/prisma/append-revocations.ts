import type { GrantId } from '../../model/ids.js'
import type { RevocationEntry } from '../../model/revocation-entry.js'
import { after, type EpochSeconds, epochSeconds, longer, type Seconds, seconds } from '../../model/time.js'
import { type EntryTimes, expiryAfter, makeEntry } from '../../revocations/make-entry.js'
import { knownOwner, type NewRevocation } from '../../stores/revocation-log.js'
import type { TokenCleanup } from '../../stores/stored-token-store.js'
import { type BatchLink, drawLink } from '../../verification/log-chain.js'
import type { Runner } from './database-session.js'
import { firstRow } from './first-row.js'
import { inChunks } from './in-chunks.js'
import { leaveById, leaveOfGrants } from './leave-active.js'
import { readLogStanding } from './read-log-standing.js'
import { readHead, takePlaces } from './sql/head.js'
import { insertRevocations, revokeGrants } from './sql/revocations.js'
import { integer, type SqlInteger } from './sql-integer.js'

export interface RevocationLimits {
  /** How long an entry stays after the last token that it can match. */
  readonly keepAfterExpiry: Seconds
  readonly maxClockSkew: Seconds
  readonly cleanup: TokenCleanup
}

/** What the head row says when the places have been taken. */
export interface Places extends EntryTimes, BatchLink {
  readonly first: number
  readonly now: EpochSeconds
}

/**
 * Writes the batch in the transaction it is given, with what follows from it in grants and stored tokens: those first, in this
 * order, since whoever issues or refreshes locks them so, and the head of the log is held by one at a time.
 */
export async function appendRevocations(
  transaction: Runner,
  batch: readonly NewRevocation[],
  limits: RevocationLimits,
): Promise<readonly RevocationEntry[]> {
  const { cleanup } = limits
  const grants = [...new Set(batch.flatMap((revocation) => (revocation.kind === 'grant' ? [revocation.id] : [])))].sort()
  if (grants.length > 0) await endGrants(transaction, grants, limits)
  const tokens = batch.flatMap((revocation) => (revocation.kind === 'token' ? [revocation.id] : []))
  for (const ids of inChunks(tokens)) await leaveById(transaction, ids, { state: 'REVOKED', cleanup, staysKnown: true })
  return appendEntries(transaction, batch, limits)
}

async function endGrants(transaction: Runner, grants: readonly GrantId[], limits: RevocationLimits): Promise<void> {
  // Read without its lock: in one statement with the change MySQL would take that.
  const times = timesOf(firstRow(await transaction.rows<HeadRecord>(readHead(transaction.dialect))), limits)
  for (const ids of inChunks(grants)) {
    await transaction.execute(revokeGrants(transaction.dialect, ids, expiryAfter(times.cutoff, times)))
    await leaveOfGrants(transaction, ids, { state: 'REVOKED', cleanup: limits.cleanup, staysKnown: false })
  }
}

/** The lines of the log alone. Its head stays locked until the transaction ends, so this comes last. */
export async function appendEntries(
  transaction: Runner,
  batch: readonly NewRevocation[],
  limits: RevocationLimits,
): Promise<readonly RevocationEntry[]> {
  if (batch.length === 0) return []
  const places = await takePlacesFor(transaction, batch.length, limits)
  const standing = await readLogStanding(transaction, batch)
  const lines = batch.map((revocation, index) => ({
    entry: makeEntry(revocation, places.first + index, places, standing),
    owner: knownOwner(revocation),
  }))
  for (const rows of inChunks(lines)) await transaction.execute(insertRevocations(rows, places))
  return lines.map(({ entry }) => entry)
}

/** The entry of a change, in the transaction of that change. */
export async function appendRevocation(transaction: Runner, revocation: NewRevocation, limits: RevocationLimits): Promise<RevocationEntry> {
  const [entry] = await appendRevocations(transaction, [revocation], limits)
  if (entry === undefined) throw new TypeError('one revocation makes one entry')
  return entry
}

/** The next `count` places of the log, and the time of their taking. */
export async function takePlacesFor(transaction: Runner, count: number, limits: RevocationLimits): Promise<Places> {
  const link = drawLink()
  const taken = await transaction.change<HeadRecord & TakenRecord>(takePlaces(transaction.dialect, count, link))
  if (taken === undefined) throw new Error('the row of JETON_HEAD is missing')
  const now = epochSeconds(Math.floor(integer(taken.NOW_MS) / 1000))
  return { ...timesOf(taken, limits), first: integer(taken.SEQ) - count + 1, now, link, previous: taken.PREVIOUS_LINK ?? '' }
}

type HeadRecord = Record<'SEQ' | 'LONGEST_ACCESS' | 'LONGEST_REFRESH' | 'NOW_MS', SqlInteger>

interface TakenRecord {
  readonly PREVIOUS_LINK: string | null
}

function timesOf({ NOW_MS, LONGEST_ACCESS, LONGEST_REFRESH }: HeadRecord, { maxClockSkew, keepAfterExpiry }: RevocationLimits): EntryTimes {
  return {
    cutoff: after(epochSeconds(Math.ceil(integer(NOW_MS) / 1000)), maxClockSkew),
    longestLifetime: longer(seconds(integer(LONGEST_ACCESS)), seconds(integer(LONGEST_REFRESH))),
    keepAfterExpiry,
  }
}
