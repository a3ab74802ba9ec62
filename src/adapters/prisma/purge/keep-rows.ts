import type { BatchRequest, DoomedRows } from '../../../stores/purge-target.js'
import { writeRows } from '../../../stores/row-json.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { columnsOf, type RowText, rowText, type TypedColumn } from '../sql/row-text.js'

/** By table. */
export type RowTexts = ReadonlyMap<string, RowText>

/** Asked anew each time, so that a column that was added meanwhile is kept too. undefined: rows have to be read as they are. */
export async function readColumns({ dialect, rows }: Runner, tables: readonly string[]): Promise<readonly TypedColumn[] | undefined> {
  const question = columnsOf(dialect, tables)
  return question === undefined ? undefined : rows<TypedColumn>(question)
}

/** undefined: some table has to be read as it is. */
export function describeRows(
  dialect: Runner['dialect'],
  tables: readonly string[],
  columns: readonly TypedColumn[] | undefined,
): RowTexts | undefined {
  if (columns === undefined) return undefined
  const texts = new Map<string, RowText>()
  for (const table of tables) {
    const own = columns.filter(({ A_TABLE }) => A_TABLE === table)
    const text = rowText(dialect, own)
    if (text === undefined) return undefined
    texts.set(table, text)
  }
  return texts
}

/** Some rows X of a table, and how their columns are asked for. */
export interface Selected {
  readonly table: string
  readonly select: (columns: Prisma.Sql) => Prisma.Sql
}

/** The rows as they are, for whoever keeps them; `which` finds them by an index. */
export async function keepRows(
  transaction: Runner,
  keep: NonNullable<BatchRequest['keep']>,
  { table, which }: { readonly table: string; readonly which: Prisma.Sql },
): Promise<void> {
  const tables = [table]
  const texts = describeRows(transaction.dialect, tables, await readColumns(transaction, tables))
  const select = (columns: Prisma.Sql): Prisma.Sql => Prisma.sql`SELECT ${columns} FROM ${Prisma.raw(`${table} X`)} WHERE ${which}`
  const found = await readDoomed(transaction, { table, select }, texts)
  if (found.lines.length > 0) await keep([found])
}

/** Without `texts` the rows are read as they are. */
export async function readDoomed({ rows }: Runner, { table, select }: Selected, texts: RowTexts | undefined): Promise<DoomedRows> {
  const row = texts?.get(table)
  if (row === undefined) {
    const found = await rows<Readonly<Record<string, unknown>>>(select(Prisma.raw('X.*')))
    return { table, ...writeRows(found) }
  }
  const found = await rows<{ readonly A_ROW: string }>(select(Prisma.sql`${row.text} AS A_ROW`))
  return { table, columns: row.columns, lines: found.map(({ A_ROW }) => row.toLine(A_ROW)) }
}
