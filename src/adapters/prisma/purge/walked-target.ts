import { type BatchRequest, type PurgedBatch, type PurgeMargin, type PurgeTarget, totalOf } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { Disturbed } from '../disturbed.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from '../sql/dialect.js'
import type { PurgeMoment, PurgePatience } from '../sql/wso2-purge-rules.js'
import type { SqlInteger } from '../sql-integer.js'
import { type PreparedDeletion, prepareDeletion } from './prepare-deletion.js'
import { analyzing, byReason, purgeBatch, purgeTimed, type ReasonCount } from './purge-batch.js'
import { chooseWalk, type PlaceRange, placeOf, type Walk, within } from './walk.js'
import { fromTable, meant, type WalkedTable } from './walked-table.js'

/** How many rows one search looks at: as many as may go, then twice as many each time, where none of them may. */
const LONGEST_STRIDE = 20_000
/** Of rows that are passed over before a transaction says how far it has come. */
const MOST_STRIDES = 20

/**
 * What may not go is passed over without a lock, so that nobody waits for that. Then, in one transaction, rows of a short range that may go and
 * that nobody else works on are locked, as they are by then, and deleted. The range has no more keys than rows may go, so that its end is where
 * the next one begins, whatever becomes of it.
 */
export function createWalkedTarget(session: DatabaseSession, walked: WalkedTable, replayMemory: PurgePatience['replayMemory']): PurgeTarget {
  async function momentOf({ safePeriod }: PurgeMargin): Promise<PurgeMoment> {
    if (walked.unfit !== undefined) throw walked.unfit
    return { nowMs: await databaseMs(session), safePeriodMs: BigInt(safePeriod) * 1000n, replayMemoryMs: BigInt(replayMemory) * 1000n }
  }
  // Where the batch before found something the next rows are taken without a look at them.
  let isBarren = false
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
      const walk = await session.run((database) => chooseWalk(database, walked))
      const { range, passed } = await session.run((database) => findRange(database, walked, { walk, request, moment, isBarren }))
      if (range === undefined) return purgeBatch(session, walked.name, request, async () => ({ deleted: {}, after: passed }))
      const deletion = await session.run((database) => prepareDeletion(database, walked, { walk, range, moment, request }))
      if (deletion.next !== 'told') request.endsAt?.(range.to)
      if (deletion.next === 'in turn') await request.turn
      const attempt = (remove: PreparedDeletion['remove']): Promise<PurgedBatch> =>
        purgeTimed(session, walked.name, request, async (transaction) => {
          const removed = await remove(transaction)
          isBarren = totalOf(removed.deleted) === 0
          return { ...removed, after: range.to, judged: request.limit }
        })
      return attempt(deletion.remove).catch((error: unknown) => {
        if (error instanceof Disturbed) return attempt(deletion.removeByKeys)
        throw error
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
  readonly walk: Walk
  readonly request: BatchRequest
  readonly moment: PurgeMoment
  /** Whether there may well be nothing that may go. */
  readonly isBarren: boolean
}

/** Where the next rows are that may go; without a range, up to where there are none, or null: to the end. */
async function findRange(
  database: Runner,
  walked: WalkedTable,
  { walk, request, moment, isBarren }: Search,
): Promise<{ readonly range?: PlaceRange; readonly passed: string | null }> {
  // Another version of this program may have walked along something else.
  let passed = request.after !== null && walk.isPlace(request.after) ? request.after : null
  for (let [strides, length] = [0, request.limit]; strides < MOST_STRIDES; strides++) {
    const to = await walk.endOfStride(database, passed, length)
    if (to === null) return { passed: null }
    const range = { after: passed, to }
    if (!isBarren && strides === 0) return { range, passed }
    const first = await firstWithin(database, walked, { walk, range, moment })
    if (first !== undefined) {
      const after = await walk.before(database, first)
      return { range: { after, to: (await walk.endOfStride(database, after, request.limit)) ?? first }, passed }
    }
    passed = to
    length = Math.max(length, Math.min(2 * length, LONGEST_STRIDE))
  }
  return { passed }
}

/** The place of the first row that may go. */
async function firstWithin(
  { dialect, rows }: Runner,
  walked: WalkedTable,
  { walk, range, moment }: { readonly walk: Walk; readonly range: PlaceRange; readonly moment: PurgeMoment },
): Promise<string | undefined> {
  const place = placeOf(walked, walk)
  const found = await rows<{ readonly A_PLACE: string }>(Prisma.sql`
    SELECT ${dialect.text(place)} AS A_PLACE FROM ${fromTable(walked)}
    WHERE ${within(walked, walk, range)} AND ${walked.reason(dialect, moment)} IS NOT NULL ORDER BY ${place} LIMIT 1`)
  return found[0]?.A_PLACE
}
