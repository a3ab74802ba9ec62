import type { MigrationConnection } from '../migrate.js'

/** What a statement can be compared with. */
export type ColumnKind = 'text' | 'integer' | 'timestamp' | 'other'

export interface ActualColumn {
  readonly kind: ColumnKind
  /** Whether a row may be inserted without naming it. */
  readonly isOptional: boolean
  /** Whether the engine sets it anew whenever its row is changed. */
  readonly isTouchedByUpdates: boolean
}

export interface ActualIndex {
  readonly isUnique: boolean
  readonly columns: readonly string[]
}

export interface ActualTable {
  readonly columns: ReadonlyMap<string, ActualColumn>
  /** By name; `PRIMARY` is that of the primary key. */
  readonly indexes: ReadonlyMap<string, ActualIndex>
}

/** The schema as it is. Every name in upper case. */
export interface ActualSchema {
  readonly tables: ReadonlyMap<string, ActualTable>
  readonly sequences: ReadonlySet<string>
}

interface SchemaQueries {
  readonly columns: string
  readonly indexes: string
  readonly sequences: string | undefined
}

/** Of tables that WSO2 or Jeton has: whatever else lies in the database is nobody's business here. */
const OURS = (column: string): string => `(UPPER(${column}) LIKE 'IDN\\_%' OR UPPER(${column}) LIKE 'AM\\_%' OR UPPER(${column}) LIKE 'JETON\\_%')`

const POSTGRESQL: SchemaQueries = {
  columns: `SELECT C.table_name AS a_table, C.column_name AS a_column, C.data_type AS a_type, '' AS extra,
      CASE WHEN C.is_nullable = 'YES' OR C.column_default IS NOT NULL OR C.is_identity = 'YES' THEN 1 ELSE 0 END AS is_optional
    FROM information_schema.columns C WHERE C.table_schema = current_schema() AND ${OURS('C.table_name')}`,
  indexes: `SELECT T.relname AS a_table, CASE WHEN X.indisprimary THEN 'PRIMARY' ELSE I.relname END AS an_index, CASE WHEN X.indisunique THEN 1 ELSE 0 END AS is_unique, A.attname AS a_column
    FROM pg_index X JOIN pg_class I ON I.oid = X.indexrelid JOIN pg_class T ON T.oid = X.indrelid
    JOIN pg_namespace N ON N.oid = T.relnamespace
    CROSS JOIN LATERAL unnest(X.indkey) WITH ORDINALITY K (attnum, place)
    JOIN pg_attribute A ON A.attrelid = T.oid AND A.attnum = K.attnum
    WHERE N.nspname = current_schema() AND ${OURS('T.relname')} ORDER BY T.relname, I.relname, K.place`,
  sequences: 'SELECT sequence_name AS a_sequence FROM information_schema.sequences WHERE sequence_schema = current_schema()',
}

const MYSQL: SchemaQueries = {
  columns: `SELECT C.TABLE_NAME AS a_table, C.COLUMN_NAME AS a_column, C.DATA_TYPE AS a_type, C.EXTRA AS extra,
      CASE WHEN C.IS_NULLABLE = 'YES' OR C.COLUMN_DEFAULT IS NOT NULL OR C.EXTRA LIKE '%auto_increment%' THEN 1 ELSE 0 END AS is_optional
    FROM information_schema.COLUMNS C WHERE C.TABLE_SCHEMA = DATABASE() AND ${OURS('C.TABLE_NAME').replaceAll('\\_', '\\\\_')}`,
  indexes: `SELECT S.TABLE_NAME AS a_table, S.INDEX_NAME AS an_index, CASE WHEN S.NON_UNIQUE = 0 THEN 1 ELSE 0 END AS is_unique, S.COLUMN_NAME AS a_column
    FROM information_schema.STATISTICS S WHERE S.TABLE_SCHEMA = DATABASE() AND ${OURS('S.TABLE_NAME').replaceAll('\\_', '\\\\_')}
    ORDER BY S.TABLE_NAME, S.INDEX_NAME, S.SEQ_IN_INDEX`,
  sequences: undefined,
}

type MutableTable = { readonly columns: Map<string, ActualColumn>; readonly indexes: Map<string, { isUnique: boolean; columns: string[] }> }

/** Reads what is there, from the engine's own catalogue. SQLite never held WSO2's tables, so it has nothing to be compared with. */
export async function readActualSchema(connection: Pick<MigrationConnection, 'engine' | 'rows'>): Promise<ActualSchema> {
  if (connection.engine === 'sqlite') return { tables: new Map(), sequences: new Set() }
  const queries = connection.engine === 'postgresql' ? POSTGRESQL : MYSQL
  const tables = new Map<string, MutableTable>()
  for (const row of await connection.rows(queries.columns)) {
    const table: MutableTable = tables.get(upper(row.a_table)) ?? { columns: new Map(), indexes: new Map() }
    tables.set(upper(row.a_table), table)
    table.columns.set(upper(row.a_column), {
      kind: kindOfType(String(row.a_type)),
      isOptional: Number(row.is_optional) === 1,
      isTouchedByUpdates: /on update/i.test(String(row.extra)),
    })
  }
  for (const row of await connection.rows(queries.indexes)) {
    const indexes = tables.get(upper(row.a_table))?.indexes
    const index = indexes?.get(upper(row.an_index)) ?? { isUnique: Number(row.is_unique) === 1, columns: [] }
    indexes?.set(upper(row.an_index), index)
    index.columns.push(upper(row.a_column))
  }
  const sequences = queries.sequences === undefined ? [] : await connection.rows(queries.sequences)
  return { tables, sequences: new Set(sequences.map((row) => upper(row.a_sequence))) }
}

const upper = (name: unknown): string => String(name).toUpperCase()

/** The kind of a type, as the catalogue or a statement names it. */
export function kindOfType(type: string): ColumnKind {
  if (/^(character|char|varchar|text|tinytext|mediumtext|longtext)/i.test(type)) return 'text'
  if (/^(integer|int|bigint|smallint|tinyint|mediumint)/i.test(type)) return 'integer'
  if (/^(timestamp|datetime)/i.test(type)) return 'timestamp'
  return 'other'
}
