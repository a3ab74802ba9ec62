import { type BatchRequest, type PurgeMargin, type PurgeTarget, totalOf } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from '../sql/dialect.js'
import type { PurgeMoment, PurgePatience } from '../sql/wso2-purge-rules.js'
import type { SqlInteger } from '../sql-integer.js'
import { deleteWalked } from './delete-walked.js'
import { analyzing, byReason, purgeBatch, type ReasonCount } from './purge-batch.js'
import { beyond, fromTable, type KeyRange, keyOf, meant, type WalkedTable, within } from './walked-table.js'

/** How many rows one search looks at: some more than may go, then twice as many each time, where none of them may. */
const FIRST_STRIDE = 4
const LONGEST_STRIDE = 20_000
/** Of rows that are passed over before a transaction says how far it has come. */
const MOST_STRIDES = 20

/**
 * What may not go is passed over without a lock, so that nobody waits for that. Then, in one transaction, rows of a short range that may go and
 * that nobody else works on are locked, as they are by then, and deleted. Where it has come to is the key of the last row that was looked at.
 */
export function createWalkedTarget(session: DatabaseSession, walked: WalkedTable, replayMemory: PurgePatience['replayMemory']): PurgeTarget {
  async function momentOf({ safePeriod }: PurgeMargin): Promise<PurgeMoment> {
    if (walked.unfit !== undefined) throw walked.unfit
    return { nowMs: await databaseMs(session), safePeriodMs: BigInt(safePeriod) * 1000n, replayMemoryMs: BigInt(replayMemory) * 1000n }
  }
  return {
    name: walked.name,
    onRequestOnly: true,
    analyze: analyzing(session, walked.table),
    ...(walked.unfit && { unfit: walked.unfit }),
    async count(margin) {
      const moment = await momentOf(margin)
      return session.run(async ({ dialect, rows }) => byReason(await rows<ReasonCount>(countByReason(dialect, walked, moment))))
    },
    async deleteBatch(request) {
      const moment = await momentOf(request)
      const { range, passed } = await session.run((database) => findRange(database, walked, { request, moment }))
      return purgeBatch(session, walked.name, request, async (transaction) => {
        if (range === undefined) return { deleted: {}, after: passed }
        const gone = await deleteWalked(transaction, walked, { range, moment, request })
        const isFull = totalOf(gone.deleted) >= request.limit
        return { deleted: gone.deleted, after: isFull ? gone.lastKey : range.to }
      })
    },
  }
}

async function databaseMs(session: DatabaseSession): Promise<bigint> {
  return session.run(async ({ dialect, rows }) =>
    BigInt(firstRow(await rows<{ readonly NOW_MS: SqlInteger }>(Prisma.sql`SELECT ${dialect.nowMs} AS NOW_MS`)).NOW_MS),
  )
}

function countByReason(dialect: Dialect, walked: WalkedTable, moment: PurgeMoment): Prisma.Sql {
  return Prisma.sql`
    SELECT REASON, COUNT(*) AS FOUND FROM (SELECT ${walked.reason(dialect, moment)} AS REASON FROM ${fromTable(walked)} WHERE ${meant(walked)}) JUDGED
    WHERE REASON IS NOT NULL GROUP BY REASON`
}

interface Search {
  readonly request: BatchRequest
  readonly moment: PurgeMoment
}

/** Where the next row is that may go; without a range, up to where there is none, or null: to the end. */
async function findRange(
  database: Runner,
  walked: WalkedTable,
  { request, moment }: Search,
): Promise<{ readonly range?: KeyRange; readonly passed: string | null }> {
  let passed = request.after
  for (let [strides, length] = [0, FIRST_STRIDE * request.limit]; strides < MOST_STRIDES; strides++) {
    const to = await endOfStride(database, walked, passed, length)
    if (to === null) return { passed: null }
    const range = { after: passed, to }
    const found = await database.rows(Prisma.sql`
      SELECT 1 AS FOUND FROM ${fromTable(walked)} WHERE ${within(walked, range)} AND ${walked.reason(database.dialect, moment)} IS NOT NULL LIMIT 1`)
    if (found.length > 0) return { range, passed }
    passed = to
    length = Math.max(length, Math.min(2 * length, LONGEST_STRIDE))
  }
  return { passed }
}

/** The key of the row that is `stride` further, or of the last one; null: there is none. */
async function endOfStride({ rows }: Runner, walked: WalkedTable, passed: string | null, stride: number): Promise<string | null> {
  const keys = Prisma.sql`
    SELECT ${keyOf(walked)} AS A_KEY FROM ${fromTable(walked)} WHERE ${beyond(walked, passed)} ORDER BY ${keyOf(walked)} LIMIT ${BigInt(stride)}`
  return firstRow(await rows<{ readonly LAST_KEY: string | null }>(Prisma.sql`SELECT MAX(A_KEY) AS LAST_KEY FROM (${keys}) STRIDE`)).LAST_KEY
}
