import Libsql from 'libsql'

const TABLE = /^[A-Z][A-Z0-9_]*$/

/** The number of rows of each table, read from the SQLite file while its server runs. The file is not changed. */
export function countRows(file: string, tables: readonly string[]): Readonly<Record<string, number>> {
  const database = new Libsql(file, { readonly: true, timeout: 5_000 })
  try {
    return Object.fromEntries(tables.map((table) => [table, countTable(database, table)]))
  } finally {
    database.close()
  }
}

function countTable(database: Libsql.Database, table: string): number {
  if (!TABLE.test(table)) throw new RangeError(`not the name of a table: ${table}`)
  const row = database.prepare(`SELECT count(*) AS "rows" FROM ${table}`).get() as { readonly rows: number }
  return Number(row.rows)
}
