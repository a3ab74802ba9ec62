import type { BatchRequest, DoomedRows } from '../../../stores/purge-target.js'
import { writeRows } from '../../../stores/row-json.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { columnsOf, type RowText, rowJson, type TypedColumn } from '../sql/row-json.js'

/** By table. */
export type RowTexts = ReadonlyMap<string, RowText>

/** Asked anew each time, so that a column that was added meanwhile is kept too. undefined: some table has to be read as it is. */
export async function describeRows({ dialect, rows }: Runner, tables: readonly string[]): Promise<RowTexts | undefined> {
  const question = columnsOf(dialect, tables)
  if (question === undefined) return undefined
  const columns = await rows<TypedColumn>(question)
  const texts = new Map<string, RowText>()
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
  if (found.lines.length > 0) await keep([found])
}

async function readTexts(transaction: Runner, table: string, which: Prisma.Sql): Promise<DoomedRows> {
  const { rows } = transaction
  const row = (await describeRows(transaction, [table]))?.get(table)
  if (row === undefined) {
    const found = await rows<Readonly<Record<string, unknown>>>(Prisma.sql`SELECT * FROM ${Prisma.raw(table)} WHERE ${which}`)
    return { table, ...writeRows(found) }
  }
  const found = await rows<{ readonly A_ROW: string }>(Prisma.sql`SELECT ${row.text} AS A_ROW FROM ${Prisma.raw(table)} X WHERE ${which}`)
  return { table, columns: row.columns, lines: found.map(({ A_ROW }) => A_ROW) }
}
