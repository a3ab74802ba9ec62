import { Prisma } from '../generated/sqlite/client.js'
import type { RowText } from './row-json.js'

/** Rows of a table, and of others that go with them. */
export interface DoomedRange {
  readonly table: string
  /** What `which` and `reason` call it. */
  readonly alias: string
  /** Its primary key, a text. */
  readonly key: string
  /** Rows of other tables that go with one: where `column` is what it has in `link`. */
  readonly link: string
  readonly related: readonly { readonly table: string; readonly column: string }[]
  readonly which: Prisma.Sql
  readonly reason: Prisma.Sql
  readonly limit: bigint
  /** What is told of a row X of each table, before it goes; nothing where absent. */
  readonly texts: ReadonlyMap<string, Pick<RowText, 'text'>> | undefined
}

/** One for each reason; and where something is told, one for each table, with a line for each row. */
export interface DoomedPart {
  readonly REASON: string | null
  readonly FOUND: bigint
  readonly A_TABLE: string | null
  readonly A_ROWS: string | null
}

/**
 * In PostgreSQL's one statement: the first rows of a range that may go and that nobody else has locked, with everything that belongs to them.
 * Their keys never leave the database. A row that was changed since the statement began is judged again, as it is once it is locked.
 */
export function deleteRange({ table, alias, key, link, related, which, reason, limit, texts }: DoomedRange): Prisma.Sql {
  const keyed = Prisma.raw(`${alias}.${key}`)
  const parts = [{ table, column: key, of: 'A_KEY' }, ...related.map((other) => ({ ...other, of: 'A_LINK' }))]
  const deletions = parts.map(({ table: from, column, of }, index) => {
    const told = texts?.get(from)?.text ?? Prisma.raw('1')
    return Prisma.sql`, ${part(index)} AS (
      DELETE FROM ${Prisma.raw(from)} X WHERE X.${Prisma.raw(column)} = ANY (ARRAY(SELECT ${Prisma.raw(of)} FROM DOOMED)) RETURNING ${told} AS A_ROW)`
  })
  const lines = parts.map(
    ({ table: from }, index) => Prisma.sql`
      UNION ALL SELECT NULL, COUNT(*), CAST(${from} AS VARCHAR), string_agg(A_ROW, chr(10)) FROM ${part(index)}`,
  )
  return Prisma.sql`
    WITH DOOMED AS MATERIALIZED (
      SELECT ${keyed} AS A_KEY, ${Prisma.raw(`${alias}.${link}`)} AS A_LINK, ${reason} AS REASON FROM ${Prisma.raw(`${table} ${alias}`)}
      WHERE ${which} AND ${reason} IS NOT NULL ORDER BY ${keyed} LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    ${Prisma.join(deletions, '')}
    SELECT CAST(REASON AS VARCHAR) AS REASON, COUNT(*) AS FOUND,
      CAST(NULL AS VARCHAR) AS A_TABLE, CAST(NULL AS TEXT) AS A_ROWS
    FROM DOOMED GROUP BY REASON
    ${texts === undefined ? Prisma.empty : Prisma.join(lines, '')}`
}

const part = (index: number): Prisma.Sql => Prisma.raw(`GONE_${index}`)
