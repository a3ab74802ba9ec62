import type { Seconds } from '../../../model/time.js'
import { addRows, type BatchRequest, type PurgeMargin, type PurgeTarget, type RowsByReason } from '../../../stores/purge-target.js'
import type { SessionRules } from '../../../stores/session-rules.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { doomedSessions, endOfRange, type IdRange, SESSION_KEY, type SessionKey } from '../sql/sessions.js'
import { integer, type SqlInteger } from '../sql-integer.js'
import { deleteBeside, findLeftBeside } from './beside-sessions.js'
import { deleteRows, type KeyedTable, lockRows } from './keyed-rows.js'
import { byReason, ONCE_MORE, purgeBatch, type ReasonCount } from './purge-batch.js'

/** How many rows one statement looks at: which of them may go is no matter of an index. */
const MOST_STRIDE = 20_000
const LEAST_STRIDE = 2_000
/** How many times one batch looks on where there was nothing to do. */
const MOST_STRIDES = 20
const NAME = 'sessions'
const SESSIONS: KeyedTable = { table: 'IDN_AUTH_SESSION_STORE', key: SESSION_KEY }

type DoomedSession = SessionKey & { readonly REASON: string }

/** Rows of sessions that are over, and rows that newer ones of the same session have taken the place of; what stands beside a session goes with its last row. */
export function createSessionsTarget(session: DatabaseSession, rules: SessionRules): PurgeTarget {
  return {
    name: NAME,
    count: (margin) => countSessions(session, rules, margin),
    lag: async ({ safePeriod }) => {
      if (rules.endedBy === 'nothing') return 0
      const [column, length] = rules.endedBy === 'expiry' ? (['EXPIRY_TIME', safePeriod] as const) : (['TIME_CREATED', rules.longest] as const)
      return readSessionLag(session, SESSIONS.table, { column, length })
    },
    async deleteBatch(request) {
      const { doomed, after } = await search(session, rules, request)
      return purgeBatch(session, NAME, request, async (transaction) => ({ deleted: await deleteSessions(transaction, doomed, request.keep), after }))
    },
  }
}

interface Found {
  readonly doomed: readonly DoomedSession[]
  /** Up to which session id there is no other row that may go; null: there is no other one at all. */
  readonly after: string | null
}

/** Without a lock, so that nobody waits for it; goes on for some strides until there is something to do. */
async function search(session: DatabaseSession, rules: SessionRules, request: BatchRequest): Promise<Found> {
  const stride = Math.min(MOST_STRIDE, Math.max(LEAST_STRIDE, 2 * request.limit))
  let after = request.after === ONCE_MORE ? null : request.after
  for (let left = MOST_STRIDES; left > 0; left--) {
    const range = await nextRange(session, SESSIONS.table, after, stride)
    if (range === undefined) return { doomed: [], after: null }
    const doomed = await session.run((database) => findDoomed(database, rules, { ...request, range }))
    if (doomed.length === request.limit) return { doomed, after: placeBefore(doomed, after) }
    if (doomed.length > 0) return { doomed, after: range.to }
    after = range.to
  }
  return { doomed: [], after }
}

/** undefined: there is no row behind `after`. */
export async function nextRange(session: DatabaseSession, table: string, after: string | null, stride = MOST_STRIDE): Promise<IdRange | undefined> {
  const end = endOfRange(table, after, stride)
  const { LAST_ID: to } = firstRow(await session.run(({ rows }) => rows<{ readonly LAST_ID: string | null }>(end)))
  return to === null ? undefined : { after, to }
}

/** Seconds since the oldest row was so long past the time in `column`. */
export async function readSessionLag(
  session: DatabaseSession,
  table: string,
  { column, length }: { readonly column: 'EXPIRY_TIME' | 'TIME_CREATED'; readonly length: Seconds },
): Promise<number> {
  const { OLDEST, TIME_NOW } = await session.run(async ({ dialect, rows }) =>
    firstRow(
      await rows<{ readonly OLDEST: SqlInteger | null; readonly TIME_NOW: SqlInteger }>(
        Prisma.sql`SELECT MIN(${Prisma.raw(column)}) AS OLDEST, ${dialect.now} AS TIME_NOW FROM ${Prisma.raw(table)}`,
      ),
    ),
  )
  return OLDEST === null ? 0 : Math.max(0, integer(TIME_NOW) - integer(BigInt(OLDEST) / 1_000_000_000n) - length)
}

async function countSessions(session: DatabaseSession, rules: SessionRules, margin: PurgeMargin): Promise<RowsByReason> {
  let counts: RowsByReason = {}
  for (let range = await nextRange(session, SESSIONS.table, null); range !== undefined; range = await nextRange(session, SESSIONS.table, range.to)) {
    const here = range
    const found = await session.run(({ dialect, rows }) =>
      rows<ReasonCount>(Prisma.sql`
        SELECT REASON, COUNT(*) AS FOUND FROM ${doomedSessions(dialect, rules, margin, here)} WHERE REASON IS NOT NULL GROUP BY REASON`),
    )
    counts = addRows(counts, byReason(found))
  }
  return counts
}

/** Oldest first within a session and type; of two of the same time the STORE, which the DELETE hides. */
function findDoomed(
  { dialect, rows }: Runner,
  rules: SessionRules,
  { limit, safePeriod, range }: BatchRequest & { readonly range: IdRange },
): Promise<readonly DoomedSession[]> {
  return rows<DoomedSession>(Prisma.sql`
    SELECT SESSION_ID, SESSION_TYPE, TIME_CREATED, OPERATION, REASON FROM ${doomedSessions(dialect, rules, { safePeriod }, range)}
    WHERE REASON IS NOT NULL ORDER BY SESSION_ID, SESSION_TYPE, TIME_CREATED, OPERATION DESC LIMIT ${BigInt(limit)}`)
}

/** Where the session before the last one ends: of the last one there may be more. */
function placeBefore(doomed: readonly DoomedSession[], after: string | null): string {
  const last = doomed.at(-1)?.SESSION_ID
  return doomed.findLast(({ SESSION_ID }) => SESSION_ID !== last)?.SESSION_ID ?? after ?? ONCE_MORE
}

async function deleteSessions(transaction: Runner, doomed: readonly DoomedSession[], keep: BatchRequest['keep']): Promise<RowsByReason> {
  const locked = await lockRows<SessionKey>(transaction, SESSIONS, doomed)
  const isThere = new Set(locked.map(nameOf))
  const going = doomed.filter((row) => isThere.has(nameOf(row)))
  await deleteRows(transaction, SESSIONS, going, keep)
  const ids = [...new Set(going.map(({ SESSION_ID }) => SESSION_ID))]
  await deleteBeside(transaction, await findLeftBeside(transaction, ids), keep)
  return going.reduce<RowsByReason>((counts, { REASON }) => addRows(counts, { [REASON]: 1 }), {})
}

const nameOf = ({ SESSION_ID, SESSION_TYPE, TIME_CREATED, OPERATION }: SessionKey): string =>
  JSON.stringify([SESSION_ID, SESSION_TYPE, String(TIME_CREATED), OPERATION])
