import { Prisma } from '../generated/sqlite/client.js'
import type { RowChange } from '../sql/dialect.js'
import type { Driver, Engine, Statements } from './engine.js'

/** Changes of rows on an engine whose statements answer with what they have changed, and are transactions by themselves. */
export function returning(driver: Driver): Pick<Engine, 'change' | 'changeAlone'> {
  async function changeOne<Row>({ rows, execute }: Statements, { before, write, columns }: RowChange): Promise<readonly Row[]> {
    if (before !== undefined) await execute(before)
    return rows<Row>(Prisma.sql`${write} RETURNING ${columns}`)
  }
  async function change<Row>(statements: Statements, changes: readonly RowChange[]): Promise<readonly Row[]> {
    const changed: Row[] = []
    for (const one of changes) changed.push(...(await changeOne<Row>(statements, one)))
    return changed
  }
  return {
    change,
    changeAlone: (changes) => (changes.length > 1 ? driver.transaction((transaction) => change(transaction, changes)) : change(driver, changes)),
  }
}
