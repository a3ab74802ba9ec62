import type { BatchRequest } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import type { Dialect } from '../sql/dialect.js'
import { keepRows } from './keep-rows.js'

/** A table, and columns that tell its rows apart. The first is the beginning of an index. */
export interface KeyedTable {
  readonly table: string
  readonly key: readonly [string, ...string[]]
}

/** The key of a row: texts and integers by the names of its columns. */
export type RowKey = Readonly<Record<string, string | number | bigint>>

export const columnsOf = ({ key }: KeyedTable): Prisma.Sql => Prisma.raw(key.join(', '))

/** Locks those of the rows that are still there. @returns their keys */
export async function lockRows<Row extends RowKey>({ dialect, rows }: Runner, table: KeyedTable, keys: readonly Row[]): Promise<readonly Row[]> {
  const locked: Row[] = []
  for (const chunk of inChunks(keys)) {
    const lock = Prisma.sql`
      SELECT ${columnsOf(table)} FROM ${Prisma.raw(table.table)} WHERE ${isAmong(dialect, table, chunk)} ORDER BY ${columnsOf(table)} ${dialect.forUpdate}`
    locked.push(...(await rows<Row>(lock)))
  }
  return locked
}

/** Exactly these rows, and none that has come since; whoever keeps them is told first. @returns how many went */
export async function deleteRows(transaction: Runner, table: KeyedTable, keys: readonly RowKey[], keep: BatchRequest['keep']): Promise<number> {
  let deleted = 0
  for (const chunk of inChunks(keys)) {
    const which = isAmong(transaction.dialect, table, chunk)
    if (keep !== undefined) await keepRows(transaction, keep, { table: table.table, which })
    deleted += await transaction.execute(Prisma.sql`DELETE FROM ${Prisma.raw(table.table)} WHERE ${which}`)
  }
  return deleted
}

/** The first column leads to the rows. */
function isAmong(dialect: Dialect, table: KeyedTable, keys: readonly RowKey[]): Prisma.Sql {
  const [first] = table.key
  const parameter = (key: RowKey, column: string): string | Prisma.Sql => {
    const value = key[column]
    if (value === undefined) throw new TypeError(`a row of ${table.table} without ${column}`)
    return typeof value === 'string' ? value : dialect.integer(BigInt(value))
  }
  const leading = [...new Set(keys.map((key) => key[first]))].map((value) => parameter({ [first]: value ?? '' }, first))
  const rows = keys.map((key) => table.key.map((column) => parameter(key, column)))
  return Prisma.sql`${Prisma.raw(first)} IN (${Prisma.join(leading)}) AND ${dialect.isAmong(table.key, rows)}`
}
