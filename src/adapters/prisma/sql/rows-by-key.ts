import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from './dialect.js'
import type { TypedColumn } from './row-text.js'

/** Rows X of a table, by texts in a column that an index begins with. */
export interface RowsByKey {
  readonly table: string
  readonly column: string
  /** One at least. */
  readonly keys: readonly string[]
  readonly isPrimary?: boolean
  /** How a column like that one is declared, where the database has told (see `keyTypeOf`). */
  readonly type?: string | undefined
}

/** For an engine that takes all keys as one parameter. */
export function byKeys(isOneOf: Dialect['isOneOf']): Pick<Dialect, 'selectByKey' | 'deleteByKey'> {
  const which = ({ table, column, keys }: RowsByKey): Prisma.Sql =>
    Prisma.sql`FROM ${Prisma.raw(table)} AS X WHERE ${isOneOf(Prisma.raw(`X.${column}`), keys)}`
  return {
    selectByKey: (columns, rows) => Prisma.sql`SELECT ${columns} ${which(rows)}`,
    deleteByKey: (rows) => Prisma.sql`DELETE ${which(rows)}`,
  }
}

/**
 * For MySQL and MariaDB: a list of a thousand keys takes them twice as long to read as the one text that those are here. It has to be made like the column: if their
 * texts are compared in different ways the table is read from one end to the other.
 */
export const mysqlByKeys: Pick<Dialect, 'selectByKey' | 'deleteByKey'> = {
  selectByKey: (columns, rows) => Prisma.sql`SELECT ${columns} ${mysqlRows(rows)}`,
  deleteByKey: (rows) => Prisma.sql`DELETE X ${mysqlRows(rows)}`,
}

function mysqlRows({ table, column, keys, isPrimary, type }: RowsByKey): Prisma.Sql {
  // A small table would be read, and waited for, from one end to the other.
  const rows = Prisma.raw(`${table} X ${isPrimary ? 'FORCE INDEX (PRIMARY)' : ''}`)
  if (type === undefined) return Prisma.sql`FROM ${rows} WHERE ${Prisma.raw(`X.${column}`)} IN (${Prisma.join([...keys])})`
  const made = Prisma.sql`JSON_TABLE(${JSON.stringify(keys)}, '$[*]' COLUMNS (A_KEY ${Prisma.raw(type)} PATH '$')) K`
  return Prisma.sql`FROM ${made} STRAIGHT_JOIN ${rows} ON ${Prisma.raw(`X.${column}`)} = K.A_KEY`
}

/** Of a column whose texts are all there is to a key. */
export function keyTypeOf(columns: readonly TypedColumn[], table: string, column: string): string | undefined {
  const type = columns.find(({ A_TABLE, A_COLUMN }) => A_TABLE === table && A_COLUMN === column)?.A_KEY_TYPE
  return typeof type === 'string' && /^VARCHAR\(\d+\) CHARACTER SET \w+ COLLATE \w+$/.test(type) ? type : undefined
}
