import type { BatchRequest } from '../../../stores/purge-target.js'
import { writeValues } from '../../../stores/row-json.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { columnsOf, rowJson, type TypedColumn } from '../sql/row-json.js'

/** By table: what makes a line of JSON of a row X. */
export type RowTexts = ReadonlyMap<string, Prisma.Sql>

/** Asked anew each time, so that a column that was added meanwhile is kept too. undefined: some table has to be read as it is. */
export async function describeRows({ dialect, rows }: Runner, tables: readonly string[]): Promise<RowTexts | undefined> {
  const question = columnsOf(dialect, tables)
  if (question === undefined) return undefined
  const columns = await rows<TypedColumn>(question)
  const texts = new Map<string, Prisma.Sql>()
  for (const table of tables) {
    const text = rowJson(
      dialect,
      columns.filter(({ A_TABLE }) => A_TABLE === table),
    )
    if (text === undefined) return undefined
    texts.set(table, text)
  }
  return texts
}

/** The rows of `table` as they are, for whoever keeps them. `which` finds them by an index. */
export async function keepRows(
  transaction: Runner,
  keep: NonNullable<BatchRequest['keep']>,
  { table, which }: { readonly table: string; readonly which: Prisma.Sql },
): Promise<void> {
  const found = await readTexts(transaction, table, which)
  if (found.length > 0) await keep(found.map((json) => ({ table, json })))
}

async function readTexts(transaction: Runner, table: string, which: Prisma.Sql): Promise<readonly string[]> {
  const { rows } = transaction
  const text = (await describeRows(transaction, [table]))?.get(table)
  if (text === undefined) {
    const found = await rows<Readonly<Record<string, unknown>>>(Prisma.sql`SELECT * FROM ${Prisma.raw(table)} WHERE ${which}`)
    return found.map(writeValues)
  }
  const found = await rows<{ readonly A_ROW: string }>(Prisma.sql`SELECT ${text} AS A_ROW FROM ${Prisma.raw(table)} X WHERE ${which}`)
  return found.map(({ A_ROW }) => A_ROW)
}
