import { Prisma } from '../generated/sqlite/client.js'

/** Where a row lies: `(page,row)`. */
export interface HeapPlaces {
  readonly column: string
  isPlace(text: string): boolean
  value(place: string): Prisma.Sql
  /** What comes before a place, and behind all that lie before it. */
  before(place: string): string
  /** Asks, as IS_HEAP, whether all rows of a table lie in one heap: then no two of them have the same place. */
  isHeap(table: string): Prisma.Sql
  /** That a row lies in the heap of the table itself, should that have become one of several meanwhile. */
  isIn(table: string, alias: string): Prisma.Sql
  /** Asks, as LAST_PLACE, for the place of the row that is about `length` rows further, of the last one, or of an empty stretch's end; NULL: it is the end of the table. */
  endOfStride(stride: { readonly table: string; readonly after: string | null; readonly length: number }): Prisma.Sql
}

/** So few of the longest rows lie in a page. Of shorter ones more are looked at than are taken. */
const ROWS_A_PAGE = 4
const PLACE = /^\((\d+),(\d+)\)$/

function parse(place: string): readonly [page: number, row: number] {
  const [, page, row] = PLACE.exec(place) ?? []
  return [Number(page ?? 0), Number(row ?? 0)]
}

const value = (place: string): Prisma.Sql => Prisma.sql`CAST(${place} AS tid)`

/** PostgreSQL's, from version 14 on, which reads a range of pages without reading what is before it. */
export const heapPlaces: HeapPlaces = {
  column: 'ctid',
  isPlace: (text) => PLACE.test(text),
  value,
  before(place) {
    const [page, row] = parse(place)
    return `(${page},${row - 1})`
  },
  // A table that others inherit from has rows with the same place in each.
  isHeap: (table) => Prisma.sql`
    SELECT 1 AS IS_HEAP FROM pg_class WHERE oid = to_regclass(${table.toLowerCase()}) AND relkind = 'r' AND NOT relhassubclass`,
  isIn: (table, alias) => Prisma.sql`${Prisma.raw(alias)}.tableoid = (SELECT to_regclass(${table.toLowerCase()}))`,
  endOfStride({ table, after, length }) {
    const [page] = parse(after ?? '')
    const last = page + 1 + Math.ceil(length / ROWS_A_PAGE)
    const end = `(${last},0)`
    return Prisma.sql`
      SELECT COALESCE(CAST(MAX(A_PLACE) AS VARCHAR), CASE
        WHEN ${BigInt(last)} < pg_relation_size(to_regclass(${table.toLowerCase()})) / CAST(current_setting('block_size') AS BIGINT) THEN ${end} END) AS LAST_PLACE
      FROM (SELECT ctid AS A_PLACE FROM ${Prisma.raw(table)} WHERE ctid > ${value(after ?? '(0,0)')} AND ctid < ${value(end)}
        ORDER BY ctid LIMIT ${BigInt(length)}) STRIDE`
  },
}
