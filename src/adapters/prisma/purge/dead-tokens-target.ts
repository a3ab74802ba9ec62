import type { BatchRequest, PurgedBatch, PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { deadTokens, type LeavingRecord, lockTokens } from '../sql/leaving-tokens.js'
import { byReason, purgeBatch, type ReasonCount, tally } from './purge-batch.js'
import { removeTokens, type TokenPurging } from './stored-tokens-target.js'
import { reasonOf, reasonOfState } from './token-reasons.js'

/** How many rows one statement looks at: no index tells the dead from the living. */
const STRIDE = 20_000

const NAME = 'dead tokens'

/**
 * Tokens that left ACTIVE while there was no clean-up, and have not expired. They go to the audit: where none is kept they
 * stay, as all that is known of their refresh tokens. It walks through the table, so it is done on request only.
 */
export function createDeadTokensTarget(session: DatabaseSession, purging: TokenPurging): PurgeTarget {
  async function moveIn(transaction: Runner, request: BatchRequest, to: string | null): Promise<Pick<PurgedBatch, 'deleted' | 'after'>> {
    if (to === null) return { deleted: {}, after: null }
    const which = Prisma.sql`${deadTokens} AND T.TOKEN_ID > ${request.after ?? ''} AND T.TOKEN_ID <= ${to}`
    const rows = await transaction.rows<LeavingRecord>(lockTokens(transaction.dialect, which, Prisma.sql`LIMIT ${BigInt(request.limit)}`))
    await removeTokens(transaction, rows, { request, purging })
    return { deleted: tally(rows.map(reasonOf)), after: rows.length < request.limit ? to : (rows.at(-1)?.TOKEN_ID ?? to) }
  }

  return {
    name: NAME,
    onRequestOnly: true,
    count: () => session.run(countDead),
    async deleteBatch(request) {
      const to = await endOfStride(session, request.after ?? '', STRIDE)
      return purgeBatch(session, NAME, request, (transaction) => moveIn(transaction, request, to))
    },
  }
}

/** The id of the token that is `stride` rows further, or the last one; null: there is none. */
export async function endOfStride(session: DatabaseSession, passed: string, stride: number): Promise<string | null> {
  const ids = Prisma.sql`SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID > ${passed} ORDER BY TOKEN_ID LIMIT ${BigInt(stride)}`
  const last = Prisma.sql`SELECT MAX(TOKEN_ID) AS LAST_ID FROM (${ids}) STRIDE`
  return session.run(async (database) => firstRow(await database.rows<{ readonly LAST_ID: string | null }>(last)).LAST_ID)
}

async function countDead({ rows }: Runner) {
  return byReason(
    await rows<ReasonCount>(
      Prisma.sql`SELECT ${reasonOfState} AS REASON, COUNT(*) AS FOUND FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE ${deadTokens} GROUP BY ${reasonOfState}`,
    ),
  )
}
