import type { UpsertResult } from 'mariadb'
import { Prisma } from '../generated/sqlite/client.js'
import type { RowChange } from '../sql/dialect.js'
import type { SessionPool } from './mysql-pool.js'

/**
 * Changes one row and answers with it, in a transaction of its own and in one message there and back: there is no
 * RETURNING for an update. The lock of the row is held until it has been read.
 */
export async function changeInOneMessage<Row>(pool: SessionPool, { before, write, columns, row }: RowChange): Promise<Row | undefined> {
  const read = Prisma.sql`SELECT ${columns} ${row}`
  const parts = [Prisma.sql`START TRANSACTION`, ...(before ? [before] : []), write, read, Prisma.sql`COMMIT`]
  const connection = await pool.getConnection()
  try {
    const sql = parts.map((part) => part.sql).join(';')
    const answers = await connection.query<readonly unknown[]>(
      sql,
      parts.flatMap((part) => part.values),
    )
    const [changed, rows] = answers.slice(-3) as unknown as readonly [UpsertResult, readonly Row[]]
    return changed.affectedRows === 0 ? undefined : rows[0]
  } catch (error) {
    // The message ends at the statement that failed, inside the transaction. Where this fails too the connection is gone, and the transaction with it.
    await connection.rollback().catch(() => connection.destroy())
    throw error
  } finally {
    await connection.release()
  }
}
