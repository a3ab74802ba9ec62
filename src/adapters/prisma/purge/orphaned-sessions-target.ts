import { addRows, type BatchRequest, type PurgedBatch, type PurgeMargin, type PurgeTarget, type RowsByReason } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import { type IdRange, isIn } from '../sql/sessions.js'
import type { SqlInteger } from '../sql-integer.js'
import { BESIDE_SESSIONS, deleteBeside, findLeftBeside } from './beside-sessions.js'
import { purgeBatch } from './purge-batch.js'
import { nextRange } from './sessions-target.js'

const NAME = 'orphaned session data'

/** About how many rows stand beside one session. */
const ROWS_OF_SESSION = 8

/** Session ids in one page of the count. */
const PAGE = 500

/**
 * What stands beside sessions that have no row any more, left by servers that deleted it in another transaction or not at all. As it
 * does not say when it was written, a session id is first marked as found, and what stands there goes when it is still so a safe period
 * later: in a later run. Where the session store is empty nothing can be said, since the sessions may be in another database.
 */
export function createOrphanedSessionsTarget(session: DatabaseSession): PurgeTarget {
  return {
    name: NAME,
    count: (margin) => countOrphans(session, margin),
    deleteBatch: (request) => (request.after?.startsWith(MARKING) ? mark(session, request) : sweep(session, request)),
  }
}

/** First what was found in a run before goes; then it is looked for more, table by table. The place: at which table, behind which id. */
const MARKING = 'mark '
const SWEEPING = 'sweep'
const placeOf = (table: number, id: string): string => `${MARKING}${table} ${id}`

async function sweep(session: DatabaseSession, request: BatchRequest): Promise<PurgedBatch> {
  const limit = Math.max(1, Math.floor(request.limit / ROWS_OF_SESSION))
  return purgeBatch(session, NAME, request, async (transaction) => {
    if (await isStoreEmpty(transaction)) return { deleted: {}, after: null }
    const due = await findMarked(transaction, request, { page: limit })
    const ids = due.map(({ SESSION_ID }) => SESSION_ID)
    const deleted = await deleteBeside(transaction, await findLeftBeside(transaction, ids), request.keep)
    for (const chunk of inChunks(ids))
      await transaction.execute(Prisma.sql`DELETE FROM JETON_ORPHANED_SESSION WHERE SESSION_ID IN (${Prisma.join([...chunk])})`)
    return { deleted: orphaned(deleted), after: due.length < limit ? placeOf(0, '') : SWEEPING }
  })
}

async function mark(session: DatabaseSession, request: BatchRequest): Promise<PurgedBatch> {
  const [, number = '0', id = ''] = /^mark (\d+) (.*)$/s.exec(request.after ?? '') ?? []
  const table = BESIDE_SESSIONS[Number(number)]?.table
  if (table === undefined) return purgeBatch(session, NAME, request, async () => ({ deleted: {}, after: null }))
  const range = await nextRange(session, table, id === '' ? null : id)
  if (range === undefined) return purgeBatch(session, NAME, request, async () => ({ deleted: {}, after: placeOf(Number(number) + 1, '') }))
  return purgeBatch(session, NAME, request, async (transaction) => {
    await transaction.execute(markOrphans(transaction, table, range))
    return { deleted: {}, after: placeOf(Number(number), range.to) }
  })
}

function markOrphans({ dialect }: Runner, table: string, range: IdRange): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO JETON_ORPHANED_SESSION (SESSION_ID, FOUND_AT)
    SELECT ORPHAN, ${dialect.now} FROM (
      SELECT DISTINCT M.SESSION_ID AS ORPHAN FROM ${Prisma.raw(table)} M
      WHERE ${isIn(Prisma.sql`M`, range)} AND NOT EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S.SESSION_ID = M.SESSION_ID)) ORPHANS
    WHERE 1 = 1
    ${dialect.unlessTaken(Prisma.sql`SESSION_ID`)}`
}

interface MarkedSession {
  readonly SESSION_ID: string
  readonly FOUND_AT: SqlInteger
}

/** Those that were found a safe period ago, behind `after`. */
function findMarked(
  { dialect, rows }: Runner,
  { safePeriod }: PurgeMargin,
  { page, after }: { readonly page: number; readonly after?: MarkedSession | undefined },
): Promise<readonly MarkedSession[]> {
  const at = dialect.integer(BigInt(after?.FOUND_AT ?? 0))
  const behind = after === undefined ? Prisma.empty : Prisma.sql`AND (FOUND_AT > ${at} OR (FOUND_AT = ${at} AND SESSION_ID > ${after.SESSION_ID}))`
  return rows(Prisma.sql`
    SELECT SESSION_ID, FOUND_AT FROM JETON_ORPHANED_SESSION WHERE FOUND_AT < ${dialect.now} - ${dialect.integer(BigInt(safePeriod))} ${behind}
    ORDER BY FOUND_AT, SESSION_ID LIMIT ${BigInt(page)}`)
}

async function isStoreEmpty({ rows }: Runner): Promise<boolean> {
  return (await rows(Prisma.sql`SELECT 1 AS FOUND FROM IDN_AUTH_SESSION_STORE LIMIT 1`)).length === 0
}

async function countOrphans(session: DatabaseSession, margin: PurgeMargin): Promise<RowsByReason> {
  if (await session.run(isStoreEmpty)) return {}
  let counts: RowsByReason = {}
  for (let after: MarkedSession | undefined, isMore = true; isMore; ) {
    const last = after
    const marked = await session.run((database) => findMarked(database, margin, { page: PAGE, after: last }))
    const beside = await session.run((database) =>
      findLeftBeside(
        database,
        marked.map(({ SESSION_ID }) => SESSION_ID),
      ),
    )
    counts = addRows(counts, orphaned(beside.reduce((total, { rows }) => total + rows.length, 0)))
    after = marked.at(-1)
    isMore = marked.length === PAGE
  }
  return counts
}

const orphaned = (rows: number): RowsByReason => (rows === 0 ? {} : { orphaned: rows })
