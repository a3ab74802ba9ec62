import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { TokenCleanup } from '../../../stores/stored-token-store.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { leave } from '../leave-active.js'
import { deadTokens, type LeavingRecord, lockTokens } from '../sql/leaving-tokens.js'
import { integer, type SqlInteger } from '../sql-integer.js'

/** How many rows one statement looks at: no index tells the dead from the living. */
const STRIDE = 20_000

/**
 * Tokens that left ACTIVE while there was no clean-up, and have not expired. They go to the audit: where none is kept they
 * stay, as all that is known of their refresh tokens. It walks through the table, so it is done on request only.
 */
export function createDeadTokensTarget(session: DatabaseSession, cleanup: Extract<TokenCleanup, { kind: 'audit' }>): PurgeTarget {
  let passed = ''

  async function moveIn(to: string, limit: number): Promise<number> {
    return session.transaction(async (transaction) => {
      const { dialect } = transaction
      const which = Prisma.sql`${deadTokens} AND T.TOKEN_ID > ${passed} AND T.TOKEN_ID <= ${to}`
      const rows = await transaction.rows<LeavingRecord>(lockTokens(dialect, which, Prisma.sql`LIMIT ${BigInt(limit)}`))
      await leave(transaction, rows, { state: 'EXPIRED', cleanup, staysKnown: false })
      return rows.length
    })
  }

  return {
    name: 'dead tokens',
    onRequestOnly: true,
    estimate: () => session.run(countDead),
    async deleteBatch(limit) {
      let moved = 0
      for (let to = await endOfStride(session, passed); to !== null; to = await endOfStride(session, passed)) {
        const room = limit - moved
        const here = await moveIn(to, room)
        moved += here
        if (here === room) return moved
        passed = to
      }
      passed = ''
      return moved
    },
  }
}

async function endOfStride(session: DatabaseSession, passed: string): Promise<string | null> {
  const stride = Prisma.sql`SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID > ${passed} ORDER BY TOKEN_ID LIMIT ${BigInt(STRIDE)}`
  const last = Prisma.sql`SELECT MAX(TOKEN_ID) AS LAST_ID FROM (${stride}) STRIDE`
  return session.run(async (database) => firstRow(await database.rows<{ readonly LAST_ID: string | null }>(last)).LAST_ID)
}

async function countDead(database: Runner): Promise<number> {
  const count = Prisma.sql`SELECT COUNT(*) AS FOUND FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE ${deadTokens}`
  return integer(firstRow(await database.rows<{ readonly FOUND: SqlInteger }>(count)).FOUND)
}
