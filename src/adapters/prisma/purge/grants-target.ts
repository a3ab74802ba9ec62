import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { integer, type SqlInteger } from '../sql-integer.js'

/** Rows of grants that no living refresh token belongs to. */
export function createGrantsTarget(session: DatabaseSession): PurgeTarget {
  return {
    name: 'grants',
    estimate: () =>
      session.run(async (database) => {
        const [found] = await database.$queryRaw<[{ ROWS_: SqlInteger }]>(
          Prisma.sql`SELECT COUNT(*) AS ROWS_ FROM JETON_GRANT WHERE PURGE_AFTER < unixepoch()`,
        )
        return integer(found.ROWS_)
      }),
    deleteBatch: (limit) =>
      session.run((database) =>
        database.$executeRaw(
          Prisma.sql`
            DELETE FROM JETON_GRANT
            WHERE ROWID IN (SELECT ROWID FROM JETON_GRANT WHERE PURGE_AFTER < unixepoch() ORDER BY PURGE_AFTER LIMIT ${BigInt(limit)})`,
        ),
      ),
  }
}
