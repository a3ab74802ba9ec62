import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { TypedColumn } from '../sql/row-text.js'
import type { WalkedTable } from './walked-table.js'

/** A table of which rows go with others, and the column that has the others' key. */
export interface ReferringTable {
  readonly table: string
  readonly column: string
}

interface ForeignKey {
  readonly A_TABLE: string
  readonly A_RULE: string
}

interface ForeignColumn {
  readonly A_TABLE: string
  readonly A_COLUMN: string
  readonly REFERS_TO: string
}

/** That stands in a statement as it is; the names of tables are told apart by their case. */
const PLAIN_NAME = /^[A-Za-z_]\w*$/

/**
 * On MySQL and MariaDB: every table of this database of which rows would be left without theirs, in a range of the same keys: those that are meant, and those of which the
 * cascades of a foreign key would take them. undefined: some are found in another way, or may not go.
 */
export async function referringTables(
  { rows }: Runner,
  { table, key, related }: WalkedTable,
  columns: readonly TypedColumn[],
): Promise<readonly ReferringTable[] | undefined> {
  const collationOf = (of: string, column: string): string | null | undefined =>
    columns.find(({ A_TABLE, A_COLUMN }) => A_TABLE === of && A_COLUMN === column)?.A_COLLATION
  const order = collationOf(table, key)
  // Keys of another order would not be those of the range.
  if (typeof order !== 'string' || related.some((other) => collationOf(other.table, other.column) !== order)) return undefined
  const keys = await rows<ForeignKey>(Prisma.sql`
    SELECT TABLE_NAME AS A_TABLE, DELETE_RULE AS A_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS
    WHERE CONSTRAINT_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME = ${table}`)
  const others = keys.filter(({ A_TABLE }) => !related.some((other) => other.table === A_TABLE.toUpperCase()))
  if (others.length === 0) return related
  if (others.some(({ A_TABLE, A_RULE }) => A_RULE !== 'CASCADE' || !PLAIN_NAME.test(A_TABLE))) return undefined
  const found = await rows<ForeignColumn>(Prisma.sql`
    SELECT TABLE_NAME AS A_TABLE, COLUMN_NAME AS A_COLUMN, UPPER(REFERENCED_COLUMN_NAME) AS REFERS_TO FROM information_schema.KEY_COLUMN_USAGE
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${Prisma.join(others.map(({ A_TABLE }) => A_TABLE))}) AND REFERENCED_TABLE_NAME = ${table}`)
  const isKnown = ({ A_TABLE }: ForeignKey): boolean => found.some((column) => column.A_TABLE === A_TABLE)
  if (!others.every(isKnown) || found.some(({ A_COLUMN, REFERS_TO }) => REFERS_TO !== key || !PLAIN_NAME.test(A_COLUMN))) return undefined
  return [...related, ...found.map(({ A_TABLE, A_COLUMN }) => ({ table: A_TABLE, column: A_COLUMN }))]
}
