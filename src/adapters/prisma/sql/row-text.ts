import type { RowColumn, ValueKind } from '../../../stores/row-json.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from './dialect.js'
import { readQuoted } from './quoted-row.js'

/** A column in upper case, and what the engine calls its type. */
export interface TypedColumn {
  readonly A_TABLE: string
  readonly A_COLUMN: string
  readonly A_TYPE: string
  /** How a column of these texts is declared, on MySQL. */
  readonly A_KEY_TYPE?: string | null
  /** Of texts, on MySQL. */
  readonly A_COLLATION?: string | null
}

interface Writer {
  readonly kind: ValueKind
  /** A text, or NULL, of a column. */
  readonly write: (value: string) => string
}

const as =
  (kind: ValueKind, write: Writer['write']) =>
  (types: string): readonly (readonly [string, Writer])[] =>
    types.split(', ').map((type) => [type, { kind, write }] as const)

/** Texts that are compared in different ways MySQL does not put together. */
const alike = (text: string): string => `CONVERT(${text} USING utf8mb4) COLLATE utf8mb4_bin`

/** By type; a table with a column of another one is read as it is. */
const WRITERS: Readonly<Record<Dialect['name'], ReadonlyMap<string, Writer>>> = {
  sqlite: new Map(),
  postgresql: new Map([
    ...as('text', (value) => value)('character varying, character, text'),
    ...as('int', (value) => `CAST(${value} AS VARCHAR)`)('smallint, integer, bigint'),
    ...as('time', (value) => value)('timestamp without time zone'),
    // In lines of 76.
    ...as('bytes', (value) => `translate(encode(${value}, 'base64'), chr(10), '')`)('bytea'),
  ]),
  mysql: new Map([
    ...as('text', (value) => value)('char, varchar, tinytext, text, mediumtext, longtext'),
    ...as('int', (value) => `CONCAT(${value})`)('smallint, mediumint, int, bigint'),
    ...as('time', (value) => `REPLACE(${value}, ' ', 'T')`)('timestamp, datetime'),
    ...as('bytes', (value) => `REPLACE(TO_BASE64(${value}), CHAR(10 USING utf8mb4), '')`)('binary, varbinary, tinyblob, blob, mediumblob, longblob'),
  ]),
}

/** Asks for the columns of the tables, in their order; undefined where rows are read as they are anyway. */
export function columnsOf(dialect: Pick<Dialect, 'name'>, tables: readonly string[]): Prisma.Sql | undefined {
  // The schema of the standard would take longer to ask than a batch's rows to find.
  if (dialect.name === 'postgresql')
    return Prisma.sql`
      SELECT UPPER(C.relname) AS A_TABLE, UPPER(A.attname) AS A_COLUMN, format_type(A.atttypid, NULL) AS A_TYPE
      FROM pg_class C JOIN pg_attribute A ON A.attrelid = C.oid AND A.attnum > 0 AND NOT A.attisdropped
      WHERE C.oid IN (${Prisma.join(tables.map((table) => Prisma.sql`to_regclass(${table.toLowerCase()})`))}) ORDER BY A.attnum`
  const among = Prisma.join([...tables])
  if (dialect.name === 'mysql')
    return Prisma.sql`
      SELECT UPPER(TABLE_NAME) AS A_TABLE, UPPER(COLUMN_NAME) AS A_COLUMN, LOWER(DATA_TYPE) AS A_TYPE, CASE DATA_TYPE WHEN 'varchar'
        THEN CONCAT('VARCHAR(', CHARACTER_MAXIMUM_LENGTH, ') CHARACTER SET ', CHARACTER_SET_NAME, ' COLLATE ', COLLATION_NAME) END AS A_KEY_TYPE, COLLATION_NAME AS A_COLLATION
      FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${among}) ORDER BY ORDINAL_POSITION`
  return undefined
}

/** A text for a row, and how it is to be read. */
export interface RowText {
  readonly text: Prisma.Sql
  readonly columns: readonly RowColumn[]
  /** From that text to the line that `readRow` reads. */
  toLine(text: string): string
  /** The same as so many columns, each a text or NULL: less work for a server that quotes them else. */
  readonly values: Prisma.Sql
}

/** The line of a row whose columns came as `values` has them. */
export function lineOf(values: readonly unknown[]): string {
  if (!values.every((value) => value === null || typeof value === 'string')) throw new TypeError('not a list of texts')
  return JSON.stringify(values)
}

/** A function of PostgreSQL's takes no more. */
const MOST_COLUMNS = 100

/**
 * A row as one text, written by the database: a purge that hands on a thousand rows hands on a thousand texts. No other table of the statement may have these columns.
 * undefined where the engine, or a type, is not known here.
 */
export function rowText({ name }: Pick<Dialect, 'name'>, columns: readonly TypedColumn[]): RowText | undefined {
  const written = columns.map(({ A_COLUMN, A_TYPE }) => ({ column: A_COLUMN, writer: WRITERS[name].get(A_TYPE) }))
  if (written.length === 0 || written.length > MOST_COLUMNS) return undefined
  const values: string[] = []
  const read: RowColumn[] = []
  for (const { column, writer } of written) {
    if (writer === undefined || !/^[A-Z0-9_]+$/.test(column)) return undefined
    values.push(writer.write(column))
    read.push({ name: column, kind: writer.kind })
  }
  return { columns: read, values: Prisma.raw(values.join(', ')), ...(name === 'mysql' ? quoted(values, areAlike(columns)) : asJson(values)) }
}

const asJson = (values: readonly string[]): Pick<RowText, 'text' | 'toLine'> => ({
  text: Prisma.raw(`CAST(json_build_array(${values.join(', ')}) AS TEXT)`),
  toLine: (text) => text,
})

const quoted = (values: readonly string[], isAlike: boolean): Pick<RowText, 'text' | 'toLine'> => ({
  text: Prisma.raw(`CONCAT_WS(',', ${values.map((value) => `QUOTE(${isAlike ? value : alike(value)})`).join(', ')})`),
  toLine: (text) => readQuoted(text, values.length),
})

const areAlike = (columns: readonly TypedColumn[]): boolean => new Set(columns.flatMap(({ A_COLLATION }) => A_COLLATION ?? [])).size < 2
