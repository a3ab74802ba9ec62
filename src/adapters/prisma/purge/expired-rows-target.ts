import type { BatchRequest, PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import { integer, type SqlInteger } from '../sql-integer.js'
import { keepRows } from './keep-rows.js'
import { analyzing, expired, ONCE_MORE, purgeBatch } from './purge-batch.js'

export interface ExpiringTable {
  readonly table: string
  /** Its primary key. */
  readonly key: string
}

/** Rows whose PURGE_AFTER has passed; those without one stay. */
export function createExpiredRowsTarget(session: DatabaseSession, name: string, { table, key }: ExpiringTable): PurgeTarget {
  const from = Prisma.raw(table)
  return {
    name,
    count: () =>
      session.run(async ({ dialect, rows }) => {
        const found = Prisma.sql`SELECT COUNT(*) AS FOUND FROM ${from} WHERE PURGE_AFTER < ${dialect.now}`
        return expired(integer(firstRow(await rows<{ readonly FOUND: SqlInteger }>(found)).FOUND))
      }),
    analyze: analyzing(session, table),
    lag: () => readLag(session, Prisma.sql`SELECT MIN(PURGE_AFTER) FROM ${from}`),
    deleteBatch: (request) =>
      purgeBatch(session, name, request, async (transaction) => {
        const deleted = await deleteOldest(transaction, request, { table, key })
        return { deleted: expired(deleted), after: deleted < request.limit ? null : ONCE_MORE }
      }),
  }
}

/** `since`: the instant from which the first row could go; NULL where there is none. */
export function readLag(session: DatabaseSession, since: Prisma.Sql): Promise<number> {
  return session.run(async ({ dialect, rows }) => {
    const lag = Prisma.sql`SELECT ${dialect.greatest(Prisma.sql`${dialect.now} - COALESCE((${since}), ${dialect.now})`, Prisma.sql`0`)} AS LAG_SECONDS`
    return integer(firstRow(await rows<{ readonly LAG_SECONDS: SqlInteger }>(lag)).LAG_SECONDS)
  })
}

/** Rows that another one is changing now are left for the next time where the engine can pass them over. */
async function deleteOldest(transaction: Runner, { limit, keep }: BatchRequest, { table, key }: ExpiringTable): Promise<number> {
  const { dialect, rows, execute } = transaction
  const from = Prisma.raw(table)
  const old = Prisma.sql`PURGE_AFTER < ${dialect.now}`
  if (keep === undefined) return execute(dialect.deleteOldest(from, old, BigInt(limit)))
  const locked = await rows<{ readonly A_KEY: string | number | bigint }>(Prisma.sql`
    SELECT ${Prisma.raw(key)} AS A_KEY FROM ${from} WHERE ${old} ORDER BY PURGE_AFTER LIMIT ${BigInt(limit)} ${dialect.forUpdateOfFree}`)
  for (const chunk of inChunks(locked)) {
    const which = Prisma.sql`${Prisma.raw(key)} IN (${Prisma.join(chunk.map((row) => row.A_KEY))})`
    await keepRows(transaction, keep, { table, which })
    await execute(Prisma.sql`DELETE FROM ${from} WHERE ${which}`)
  }
  return locked.length
}
