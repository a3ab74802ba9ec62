import type { UpsertResult } from 'mariadb'
import { Prisma } from '../generated/sqlite/client.js'
import type { RowChange } from '../sql/dialect.js'
import type { SessionPool } from './mysql-pool.js'

/**
 * Changes rows and answers with those it has changed, in a transaction of its own and in one message there and back: there
 * is no RETURNING for an update. The lock of a row is held until it has been read.
 */
export async function changeInOneMessage<Row>(pool: SessionPool, changes: readonly RowChange[]): Promise<readonly Row[]> {
  const steps = [Prisma.sql`START TRANSACTION`, ...changes.flatMap(statementsOf), Prisma.sql`COMMIT`]
  const connection = await pool.getConnection()
  try {
    const answers = await connection.query<readonly unknown[]>(
      steps.map(({ sql }) => sql).join(';'),
      steps.flatMap(({ values }) => values),
    )
    return changedRows<Row>(changes, answers.slice(1, -1))
  } catch (error) {
    // The message ends at the statement that failed, inside the transaction. Where this fails too the connection is gone, and the transaction with it.
    await connection.rollback().catch(() => connection.destroy())
    throw error
  } finally {
    await connection.release()
  }
}

function statementsOf({ before, write, columns, row }: RowChange): readonly Prisma.Sql[] {
  return [...(before ? [before] : []), write, Prisma.sql`SELECT ${columns} ${row}`]
}

/** From the answers to the statements of the changes, in their order. */
function changedRows<Row>(changes: readonly RowChange[], answers: readonly unknown[]): readonly Row[] {
  const changed: Row[] = []
  let end = 0
  for (const change of changes) {
    end += statementsOf(change).length
    const [written, rows] = answers.slice(end - 2, end) as unknown as readonly [UpsertResult, readonly Row[]]
    if (written.affectedRows > 0) changed.push(...rows)
  }
  return changed
}
