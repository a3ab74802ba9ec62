import type { BatchRequest, PurgedBatch, PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { deadTokens, type LeavingRecord, lockTokens } from '../sql/leaving-tokens.js'
import { byReason, purgeBatch, type ReasonCount, tally } from './purge-batch.js'
import { removeTokens, type TokenPurging } from './stored-tokens-target.js'
import { reasonOf, reasonOfState } from './token-reasons.js'

/** How many rows one statement looks at: an index tells Jeton's from WSO2's, and none the dead from the living. */
const STRIDE = 20_000

const NAME = 'dead tokens'

/**
 * Tokens that left ACTIVE while there was no clean-up, and have not expired. They go to the audit: where none is kept they
 * stay, as all that is known of their refresh tokens. It walks through all rows of Jeton's, grant by grant, so it is done on request only.
 */
export function createDeadTokensTarget(session: DatabaseSession, purging: TokenPurging): PurgeTarget {
  async function moveIn(transaction: Runner, request: BatchRequest, to: string | null): Promise<Pick<PurgedBatch, 'deleted' | 'after'>> {
    if (to === null) return { deleted: {}, after: null }
    const [after, limit] = [request.after ?? '', BigInt(request.limit)]
    const found = await transaction.rows<{ readonly TOKEN_ID: string }>(Prisma.sql`
      SELECT T.TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.JETON_GRANT_ID > ${after} AND T.JETON_GRANT_ID <= ${to} AND ${deadTokens}
      ORDER BY T.JETON_GRANT_ID LIMIT ${limit}`)
    const rows = found.length === 0 ? [] : await lockDead(transaction, found)
    await removeTokens(transaction, rows, { request, purging })
    // Of a grant there may be more rows than go at once. Those that went are not met again.
    return { deleted: tally(rows.map(reasonOf)), after: found.length < request.limit ? to : after }
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

/** By key: an index that grants are found by is none to lock rows in the order of everybody. */
function lockDead({ dialect, rows }: Runner, found: readonly { readonly TOKEN_ID: string }[]): Promise<readonly LeavingRecord[]> {
  const keys = found.map(({ TOKEN_ID }) => TOKEN_ID)
  return rows<LeavingRecord>(lockTokens(dialect, Prisma.sql`${dialect.isOneOf(Prisma.raw('T.TOKEN_ID'), keys)} AND ${deadTokens}`))
}

/** The grant of the row that is `stride` further, or the last one; null: there is none. */
async function endOfStride(session: DatabaseSession, passed: string, stride: number): Promise<string | null> {
  const ids = Prisma.sql`
    SELECT JETON_GRANT_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE JETON_GRANT_ID > ${passed} ORDER BY JETON_GRANT_ID LIMIT ${BigInt(stride)}`
  const last = Prisma.sql`SELECT MAX(JETON_GRANT_ID) AS LAST_ID FROM (${ids}) STRIDE`
  return session.run(async (database) => firstRow(await database.rows<{ readonly LAST_ID: string | null }>(last)).LAST_ID)
}

async function countDead({ rows }: Runner) {
  return byReason(
    await rows<ReasonCount>(
      Prisma.sql`SELECT ${reasonOfState} AS REASON, COUNT(*) AS FOUND FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE ${deadTokens} GROUP BY ${reasonOfState}`,
    ),
  )
}
