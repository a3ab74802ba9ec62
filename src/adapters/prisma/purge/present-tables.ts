import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from '../sql/dialect.js'

/** WSO2's tables and their columns, in upper case, as they are in this database: every product and release has its own choice. */
export type PresentTables = ReadonlyMap<string, ReadonlySet<string>>

const COLUMNS: Readonly<Record<Dialect['name'], Prisma.Sql>> = {
  sqlite: Prisma.sql`
    SELECT M.name AS A_TABLE, P.name AS A_COLUMN FROM sqlite_master M JOIN pragma_table_info(M.name) P
    WHERE M.type = 'table' AND (M.name LIKE 'IDN!_%' ESCAPE '!' OR M.name LIKE 'REG!_%' ESCAPE '!')`,
  postgresql: Prisma.sql`
    SELECT CAST(table_name AS VARCHAR) AS A_TABLE, CAST(column_name AS VARCHAR) AS A_COLUMN FROM information_schema.columns
    WHERE table_schema = current_schema() AND (UPPER(table_name) LIKE 'IDN!_%' ESCAPE '!' OR UPPER(table_name) LIKE 'REG!_%' ESCAPE '!')`,
  mysql: Prisma.sql`
    SELECT TABLE_NAME AS A_TABLE, COLUMN_NAME AS A_COLUMN FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND (UPPER(TABLE_NAME) LIKE 'IDN!_%' ESCAPE '!' OR UPPER(TABLE_NAME) LIKE 'REG!_%' ESCAPE '!')`,
}

export async function readPresentTables({ dialect, rows }: Pick<Runner, 'dialect' | 'rows'>): Promise<PresentTables> {
  const tables = new Map<string, Set<string>>()
  for (const { A_TABLE, A_COLUMN } of await rows<{ readonly A_TABLE: string; readonly A_COLUMN: string }>(COLUMNS[dialect.name])) {
    const columns = tables.get(A_TABLE.toUpperCase()) ?? new Set()
    tables.set(A_TABLE.toUpperCase(), columns.add(A_COLUMN.toUpperCase()))
  }
  return tables
}
