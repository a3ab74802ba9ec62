import type { BatchRequest, DoomedRows } from '../../../stores/purge-target.js'
import { writeRows } from '../../../stores/row-json.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { columnsOf, type RowText, rowJson, type TypedColumn } from '../sql/row-json.js'

/** By table. */
export type RowTexts = ReadonlyMap<string, RowText>

/** What a statement calls a table of which it describes rows. */
export interface NamedTable {
  readonly table: string
  readonly alias: string
}

/** What a table is called whose rows go. */
export const X = 'X'
export const asX = (table: string): NamedTable => ({ table, alias: X })

/** Asked anew each time, so that a column that was added meanwhile is kept too. undefined: some table has to be read as it is. */
export async function describeRows({ dialect, rows }: Runner, tables: readonly NamedTable[]): Promise<RowTexts | undefined> {
  const names = tables.map(({ table }) => table)
  const question = columnsOf(dialect, names)
  if (question === undefined) return undefined
  const columns = await rows<TypedColumn>(question)
  const texts = new Map<string, RowText>()
  for (const { table, alias } of tables) {
    const own = columns.filter(({ A_TABLE }) => A_TABLE === table)
    const text = rowJson(dialect, own, alias)
    if (text === undefined) return undefined
    texts.set(table, text)
  }
  return texts
}

/** Some rows of a table: `which` finds them by an index. */
export interface Selected {
  readonly table: string
  readonly which: Prisma.Sql
}

/** The rows as they are, for whoever keeps them. */
export async function keepRows(transaction: Runner, keep: NonNullable<BatchRequest['keep']>, selected: Selected): Promise<void> {
  const found = await readDoomed(transaction, selected, await describeRows(transaction, [asX(selected.table)]))
  if (found.lines.length > 0) await keep([found])
}

/** `texts`: of rows X; where there are none the rows are read as they are. */
export async function readDoomed({ rows }: Runner, { table, which }: Selected, texts: RowTexts | undefined): Promise<DoomedRows> {
  const row = texts?.get(table)
  if (row === undefined) {
    const found = await rows<Readonly<Record<string, unknown>>>(Prisma.sql`SELECT * FROM ${Prisma.raw(table)} WHERE ${which}`)
    return { table, ...writeRows(found) }
  }
  const found = await rows<{ readonly A_ROW: string }>(Prisma.sql`SELECT ${row.text} AS A_ROW FROM ${Prisma.raw(`${table} ${X}`)} WHERE ${which}`)
  return { table, columns: row.columns, lines: found.map(({ A_ROW }) => A_ROW) }
}
