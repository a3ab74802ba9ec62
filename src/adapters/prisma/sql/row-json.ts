import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from './dialect.js'

/** A column in upper case, and what the engine calls its type. */
export interface TypedColumn {
  readonly A_TABLE: string
  readonly A_COLUMN: string
  readonly A_TYPE: string
}

/** What a value X.column becomes in a line of JSON; NULL for none. */
type Writer = (value: string) => string

const wrapped = (kind: string, value: string): string => `CONCAT('{"${kind}":"', ${value}, '"}')`
const orNull = (value: string, text: string): string => `CASE WHEN ${value} IS NULL THEN 'null' ELSE ${text} END`

const POSTGRESQL = {
  text: (value) => `CAST(to_json(${value}) AS TEXT)`,
  int: (value) => wrapped('int', value),
  time: (value) => wrapped('time', `to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`),
  // In lines of 76.
  bytes: (value) => wrapped('base64', `translate(encode(${value}, 'base64'), chr(10), '')`),
} satisfies Readonly<Record<string, Writer>>

const MYSQL = {
  text: (value) => `JSON_QUOTE(${value})`,
  int: (value) => wrapped('int', value),
  time: (value) => wrapped('time', `DATE_FORMAT(${value}, '%Y-%m-%dT%H:%i:%s.%fZ')`),
  bytes: (value) => wrapped('base64', `REPLACE(TO_BASE64(${value}), CHAR(10 USING utf8mb4), '')`),
} satisfies Readonly<Record<string, Writer>>

const named = (names: string, writer: Writer): Readonly<Record<string, Writer>> =>
  Object.fromEntries(names.split(', ').map((name) => [name, writer] as const))

/** By type; a table with a column of another one is read as it is. */
const WRITERS: Readonly<Record<Dialect['name'], Readonly<Record<string, Writer>>>> = {
  sqlite: {},
  postgresql: {
    ...named('character varying, character, text', POSTGRESQL.text),
    ...named('smallint, integer, bigint', POSTGRESQL.int),
    ...named('timestamp without time zone', POSTGRESQL.time),
    ...named('bytea', POSTGRESQL.bytes),
  },
  mysql: {
    ...named('char, varchar, tinytext, text, mediumtext, longtext', MYSQL.text),
    ...named('smallint, mediumint, int, bigint', MYSQL.int),
    ...named('timestamp, datetime', MYSQL.time),
    ...named('binary, varbinary, tinyblob, blob, mediumblob, longblob', MYSQL.bytes),
  },
}

/** Asks for the columns of the tables, in their order; undefined where rows are read as they are anyway. */
export function columnsOf(dialect: Pick<Dialect, 'name'>, tables: readonly string[]): Prisma.Sql | undefined {
  const among = Prisma.join([...tables])
  if (dialect.name === 'postgresql')
    return Prisma.sql`
      SELECT UPPER(table_name) AS A_TABLE, UPPER(column_name) AS A_COLUMN, CAST(data_type AS VARCHAR) AS A_TYPE FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name IN (${Prisma.join(tables.map((table) => table.toLowerCase()))}) ORDER BY ordinal_position`
  if (dialect.name === 'mysql')
    return Prisma.sql`
      SELECT UPPER(TABLE_NAME) AS A_TABLE, UPPER(COLUMN_NAME) AS A_COLUMN, LOWER(DATA_TYPE) AS A_TYPE FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${among}) ORDER BY ORDINAL_POSITION`
  return undefined
}

/**
 * A row X as the line that `writeValues` would make of it, written by the database: a purge that hands on a thousand rows hands on a thousand
 * texts. undefined where the engine, or a type, is not known here.
 */
export function rowJson({ name }: Pick<Dialect, 'name'>, columns: readonly TypedColumn[]): Prisma.Sql | undefined {
  const parts: string[] = []
  for (const { A_COLUMN, A_TYPE } of columns) {
    const write = WRITERS[name][A_TYPE]
    if (write === undefined || !/^[A-Z0-9_]+$/.test(A_COLUMN)) return undefined
    parts.push(`'${parts.length === 0 ? '{' : ','}"${A_COLUMN}":', ${orNull(`X.${A_COLUMN}`, write(`X.${A_COLUMN}`))}`)
  }
  return parts.length === 0 ? undefined : Prisma.raw(`CONCAT(${inGroups(parts).join(', ')}, '}')`)
}

/** A function of PostgreSQL's takes a hundred arguments. */
const GROUP = 40

function inGroups(parts: readonly string[]): readonly string[] {
  const groups: string[] = []
  for (let start = 0; start < parts.length; start += GROUP) groups.push(`CONCAT(${parts.slice(start, start + GROUP).join(', ')})`)
  return groups
}
