import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { integer, type SqlInteger } from '../sql-integer.js'

/** Stored tokens, with their scopes, whose access and refresh token have expired. Rows that are not Jeton's have no PURGE_AFTER and stay. */
export function createStoredTokensTarget(session: DatabaseSession): PurgeTarget {
  return {
    name: 'tokens',
    estimate: () =>
      session.run(async (database) => {
        const [found] = await database.$queryRaw<[{ ROWS_: SqlInteger }]>(
          Prisma.sql`SELECT COUNT(*) AS ROWS_ FROM IDN_OAUTH2_ACCESS_TOKEN WHERE PURGE_AFTER < unixepoch()`,
        )
        return integer(found.ROWS_)
      }),
    deleteBatch: (limit) =>
      session.transaction(async (transaction) => {
        const rows = await transaction.$queryRaw<{ TOKEN_ID: string }[]>(
          Prisma.sql`SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE PURGE_AFTER < unixepoch() ORDER BY PURGE_AFTER LIMIT ${BigInt(limit)}`,
        )
        if (rows.length === 0) return 0
        // One parameter however many rows: there is a limit to those.
        const ids = Prisma.sql`(SELECT value FROM json_each(${JSON.stringify(rows.map((row) => row.TOKEN_ID))}))`
        await transaction.$executeRaw(Prisma.sql`DELETE FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE WHERE TOKEN_ID IN ${ids}`)
        return transaction.$executeRaw(Prisma.sql`DELETE FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID IN ${ids}`)
      }),
  }
}
