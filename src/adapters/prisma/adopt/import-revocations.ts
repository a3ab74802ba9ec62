import { clientId, userId } from '../../../model/ids.js'
import { NEVER, type RevocationEntry, type RevocationKind } from '../../../model/revocation-entry.js'
import { after, type EpochSeconds, epochSeconds } from '../../../model/time.js'
import { expiryAfter } from '../../../revocations/make-entry.js'
import type { ImportedRevocations } from '../../../stores/adoption-store.js'
import type { NewRevocation } from '../../../stores/revocation-log.js'
import { appendRevocations, type Places, type RevocationLimits, takePlacesFor } from '../append-revocations.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { inChunks } from '../in-chunks.js'
import { lockHead } from '../lock-head.js'
import { readLogStanding } from '../read-log-standing.js'
import { insertRevocations } from '../sql/revocations.js'
import { integer } from '../sql-integer.js'
import { hasTable } from './has-table.js'
import { isOfTokens, type RevocationSource, type RevokedRecord, revokedPage, shutClients } from './wso2-statements.js'

const SOURCES: readonly RevocationSource[] = [
  'IDN_INVALID_TOKENS',
  'IDN_OAUTH2_REVOKED_TOKENS',
  'AM_REVOKED_JWT',
  'IDN_APP_REVOKED_EVENT',
  'IDN_SUBJECT_ENTITY_REVOKED_EVENT',
]
const ROWS_PER_PAGE = 1000n
const LONGEST_ID = 255

type Counts = Record<'token' | 'subject' | 'client', number>
/** An entry whose place is not known yet. */
type Unplaced = Pick<RevocationEntry, 'kind' | 'id' | 'cutoff'> & { readonly expiresAt: EpochSeconds | undefined }

/** Page after page, each in a transaction of its own. What is in the log already is passed over, so it can be begun again at any time. */
export async function importRevocations(session: DatabaseSession, limits: RevocationLimits): Promise<ImportedRevocations> {
  const counts: Counts = { token: 0, subject: 0, client: 0 }
  for (const source of SOURCES) {
    if (!(await session.run((database) => hasTable(database, source)))) continue
    await eachPage(
      session,
      (place, database) =>
        revokedPage(database.dialect, source, { after: place, limit: ROWS_PER_PAGE, keepAfterExpiry: BigInt(limits.keepAfterExpiry) }),
      (page) =>
        session.transaction(async (transaction) =>
          addEntries(
            transaction,
            page.flatMap((row) => entryOf(source, row)),
            { limits, counts },
          ),
        ),
    )
  }
  await eachPage(
    session,
    (place) => shutClients(place, ROWS_PER_PAGE),
    (page) =>
      session.transaction(async (transaction) => {
        await lockHead(transaction)
        const entries = await appendRevocations(
          transaction,
          page.map(({ ID }) => ({ kind: 'client', id: clientId(ID), open: true })),
          limits,
        )
        counts.client += entries.length
      }),
  )
  return { tokens: counts.token, subjects: counts.subject, clients: counts.client }
}

async function eachPage(
  session: DatabaseSession,
  query: (place: string, database: Runner) => ReturnType<typeof shutClients>,
  take: (page: readonly RevokedRecord[]) => Promise<void>,
): Promise<void> {
  for (let place: string | undefined = ''; place !== undefined; ) {
    const from: string = place
    const page = await session.run((database) => database.rows<RevokedRecord>(query(from, database)))
    if (page.length > 0) await take(page)
    place = page.at(-1)?.PLACE
  }
}

function entryOf(source: RevocationSource, { ID: id, ENTITY_TYPE, INSTANT }: RevokedRecord): readonly Unplaced[] {
  // No token of this server's or of WSO2's is named by so long a name.
  if (id === '' || id.length > LONGEST_ID) return []
  const instant = epochSeconds(Math.min(integer(INSTANT), NEVER))
  if (isOfTokens(source)) return [{ kind: 'token', id, cutoff: undefined, expiresAt: instant }]
  const kind: RevocationKind = source === 'IDN_APP_REVOKED_EVENT' || ENTITY_TYPE === 'CLIENT_ID' ? 'client' : 'subject'
  return [{ kind, id, cutoff: instant, expiresAt: undefined }]
}

interface Adding {
  readonly limits: RevocationLimits
  readonly counts: Counts
}

/** Straight into the log: the rows of tokens that an entry hits are WSO2's, and say themselves what they are. */
async function addEntries(transaction: Runner, unplaced: readonly Unplaced[], { limits, counts }: Adding): Promise<void> {
  await lockHead(transaction)
  const wanted = await withoutKnown(transaction, [...new Map(unplaced.map((entry) => [`${entry.kind} ${entry.id}`, entry])).values()])
  if (wanted.length === 0) return
  const places = await takePlacesFor(transaction, wanted.length, limits)
  const lines = wanted.map((entry, index) => ({ entry: placed(entry, places.first + index, places) }))
  for (const rows of inChunks(lines)) await transaction.execute(insertRevocations(rows, places))
  for (const { entry } of lines) counts[entry.kind as keyof Counts] += 1
}

/** Leaves out cut-offs that are no later than what the log has, and those of whom everything is refused already. */
async function withoutKnown(transaction: Runner, entries: readonly Unplaced[]): Promise<readonly Unplaced[]> {
  const standing = await readLogStanding(transaction, entries.flatMap(cutOffOf))
  return entries.filter(({ kind, id, cutoff }) => {
    if (cutoff === undefined) return true
    return !standing.isShut(kind, id) && cutoff > (standing.greatestCutoff(kind, id) ?? Number.NEGATIVE_INFINITY)
  })
}

function cutOffOf({ kind, id }: Unplaced): readonly NewRevocation[] {
  if (kind === 'client') return [{ kind, id: clientId(id), open: false }]
  return kind === 'subject' ? [{ kind, id: userId(id), open: false }] : []
}

function placed({ kind, id, cutoff, expiresAt }: Unplaced, seq: number, places: Places): RevocationEntry {
  const expires = cutoff === undefined ? after(expiresAt ?? NEVER, places.keepAfterExpiry) : expiryAfter(cutoff, places)
  return { seq, kind, id, cutoff, expires: epochSeconds(Math.min(expires, NEVER)) }
}
