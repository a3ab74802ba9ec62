import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { integer, type SqlInteger } from '../sql-integer.js'

/** Rows of `table` whose PURGE_AFTER has passed; those without one stay. */
export function createExpiredRowsTarget(session: DatabaseSession, name: string, table: Prisma.Sql): PurgeTarget {
  return {
    name,
    estimate: () =>
      session.run(async (database) => {
        const { now } = database.dialect
        return integer(
          firstRow(await database.rows<{ FOUND: SqlInteger }>(Prisma.sql`SELECT COUNT(*) AS FOUND FROM ${table} WHERE PURGE_AFTER < ${now}`)).FOUND,
        )
      }),
    // In a transaction, so that it is done again where it loses against another one.
    deleteBatch: (limit) =>
      session.transaction(({ dialect, execute }) => execute(dialect.deleteOldest(table, Prisma.sql`PURGE_AFTER < ${dialect.now}`, BigInt(limit)))),
  }
}
