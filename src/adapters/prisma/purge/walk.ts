import type { Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { HeapPlaces } from '../sql/heap-places.js'
import { fromTable, keyOf, meant, type WalkedTable } from './walked-table.js'

/** The order in which a table is walked through: that of its primary key, or, where the database tells, that in which its rows lie. */
export interface Walk {
  readonly column: string
  isPlace(text: string): boolean
  value(place: string): Prisma.Sql
  /** Without which a place may be that of two rows. */
  isUnique(alias: string): Prisma.Sql
  /** The place of the row that is so many further, or of the last one; null: there is none. */
  endOfStride(database: Runner, passed: string | null, length: number): Promise<string | null>
  /** Behind everything before a place; null: there is nothing. */
  before(database: Runner, place: string): Promise<string | null>
}

/** Places from `after`, exclusive, to `to`; null: from the first one. */
export interface PlaceRange {
  readonly after: string | null
  readonly to: string
}

/** A text, in an answer. */
export const placeOf = ({ table }: WalkedTable, { column }: Walk): Prisma.Sql => Prisma.raw(`${table}.${column}`)

export const beyond = (walked: WalkedTable, walk: Walk, passed: string | null): Prisma.Sql =>
  passed === null ? Prisma.sql`1 = 1` : Prisma.sql`${placeOf(walked, walk)} > ${walk.value(passed)}`

export const within = (walked: WalkedTable, walk: Walk, { after, to }: PlaceRange): Prisma.Sql =>
  Prisma.sql`${beyond(walked, walk, after)} AND ${placeOf(walked, walk)} <= ${walk.value(to)} AND ${walk.isUnique(walked.table)} AND ${meant(walked)}`

/**
 * Along where the rows lie each page is read and written once, and only once into the write-ahead log. Keys are random texts: along them each page
 * would be met as often as it has rows.
 */
export async function chooseWalk({ dialect, rows }: Runner, walked: WalkedTable): Promise<Walk> {
  const { heap } = dialect
  return heap !== undefined && (await rows(heap.isHeap(walked.table))).length > 0 ? alongHeap(walked, heap) : alongKey(walked)
}

function alongHeap({ table }: WalkedTable, heap: HeapPlaces): Walk {
  return {
    column: heap.column,
    isPlace: heap.isPlace,
    value: heap.value,
    isUnique: (alias) => heap.isIn(table, alias),
    endOfStride: async ({ rows }, after, length) =>
      firstRow(await rows<{ readonly LAST_PLACE: string | null }>(heap.endOfStride({ table, after, length }))).LAST_PLACE,
    before: async (_database, place) => heap.before(place),
  }
}

function alongKey(walked: WalkedTable): Walk {
  const key = keyOf(walked)
  const walk: Walk = {
    column: walked.key,
    isPlace: () => true,
    value: (place) => Prisma.sql`${place}`,
    isUnique: () => Prisma.sql`1 = 1`,
    async endOfStride({ rows }, passed, length) {
      const all = Prisma.sql`FROM ${fromTable(walked)} WHERE ${beyond(walked, walk, passed)}`
      const last = await rows<{ readonly A_KEY: string }>(
        Prisma.sql`SELECT ${key} AS A_KEY ${all} ORDER BY ${key} LIMIT 1 OFFSET ${BigInt(length - 1)}`,
      )
      // There are fewer.
      return last[0]?.A_KEY ?? firstRow(await rows<{ readonly A_KEY: string | null }>(Prisma.sql`SELECT MAX(${key}) AS A_KEY ${all}`)).A_KEY
    },
    async before({ rows }, place) {
      const found = Prisma.sql`SELECT MAX(${key}) AS A_KEY FROM ${fromTable(walked)} WHERE ${key} < ${place}`
      return firstRow(await rows<{ readonly A_KEY: string | null }>(found)).A_KEY
    },
  }
  return walk
}
