import { Prisma } from '../generated/sqlite/client.js'
import type { RowText } from './row-text.js'

/** Rows of a table, and of others that go with them. */
export interface DoomedRange {
  readonly table: string
  /** What tells its rows apart: `ctid`, or a key. */
  readonly place: string
  /** Without which a place of a row X may be that of two. */
  readonly isUnique: Prisma.Sql
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
 * In PostgreSQL's one statement: the rows of a range that may go and that nobody else has locked, with everything that belongs to them. Their keys
 * never leave the database. A row that was changed since the statement began is judged again, as it is once it is locked; if it lies elsewhere by then
 * it is left for the next time, with what belongs to it.
 */
export function deleteRange({ table, place, isUnique, link, related, which, reason, limit, texts }: DoomedRange): Prisma.Sql {
  const lies = Prisma.raw(`${table}.${place}`)
  const told = (from: string): Prisma.Sql => texts?.get(from)?.text ?? Prisma.raw('1')
  const deletions = related.map(
    ({ table: from, column }, index) => Prisma.sql`, BESIDE_${Prisma.raw(String(index))} AS (
      DELETE FROM ${Prisma.raw(from)} X WHERE X.${Prisma.raw(column)} = ANY (ARRAY(SELECT A_LINK FROM GONE)) RETURNING ${told(from)} AS A_ROW)`,
  )
  const parts = [{ from: table, part: 'GONE' }, ...related.map(({ table: from }, index) => ({ from, part: `BESIDE_${index}` }))]
  const lines = parts.map(
    ({ from, part }) => Prisma.sql`
      UNION ALL SELECT NULL, COUNT(*), CAST(${from} AS VARCHAR), string_agg(A_ROW, chr(10)) FROM ${Prisma.raw(part)}`,
  )
  return Prisma.sql`
    WITH DOOMED AS MATERIALIZED (
      SELECT ${lies} AS A_PLACE, ${reason} AS REASON FROM ${Prisma.raw(table)}
      WHERE ${which} AND ${reason} IS NOT NULL ORDER BY ${lies} LIMIT ${limit} FOR UPDATE SKIP LOCKED),
    GONE AS (
      DELETE FROM ${Prisma.raw(table)} X WHERE X.${Prisma.raw(place)} = ANY (ARRAY(SELECT A_PLACE FROM DOOMED)) AND ${isUnique}
      RETURNING X.${Prisma.raw(place)} AS A_PLACE, X.${Prisma.raw(link)} AS A_LINK, ${told(table)} AS A_ROW)
    ${deletions.length === 0 ? Prisma.empty : Prisma.join(deletions, '')}
    SELECT CAST(DOOMED.REASON AS VARCHAR) AS REASON, COUNT(*) AS FOUND, CAST(NULL AS VARCHAR) AS A_TABLE, CAST(NULL AS TEXT) AS A_ROWS
    FROM DOOMED JOIN GONE ON GONE.A_PLACE = DOOMED.A_PLACE GROUP BY DOOMED.REASON
    ${texts === undefined ? Prisma.empty : Prisma.join(lines, '')}`
}
