import type { DoomedRows, RowsByReason } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { readDoomed } from './keep-rows.js'
import { findByKeys, type LockedRow, type LockedRows } from './locked-rows.js'
import { tally } from './purge-batch.js'
import { within } from './walk.js'
import type { DescribedDeletion } from './walked-deletion.js'
import { fromTable, keyOf, type WalkedTable } from './walked-table.js'

/** Row by row: those that nobody else has locked. */
export async function deleteLocked(transaction: Runner, walked: WalkedTable, deletion: DescribedDeletion): Promise<RowsByReason> {
  const { range, request } = deletion
  const { forPurging } = transaction.dialect
  if (forPurging !== undefined) await transaction.rows(forPurging)
  const locked = await lockRows(transaction, walked, deletion)
  if (locked.length === 0) return {}
  const found = findByKeys(transaction, walked, { ...deletion, locked })
  const told = request.keep && (await tellOf(transaction, walked, { locked, found, deletion }))
  async function remove(): Promise<void> {
    // One batch deletes at a time: the server may choose to look for related rows in a way that waits for those of another one.
    await request.before
    await found.remove()
    // From here on it waits for nobody who locks the rows that follow.
    if (transaction.dialect.locksRows) request.endsAt?.(range.to)
  }
  // They are written down while they go; neither is left behind when the other fails.
  const ends = await Promise.allSettled([told && request.keep?.(told), remove()])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return tally(locked.map(({ REASON }) => REASON))
}

async function lockRows(
  { dialect, rows }: Runner,
  walked: WalkedTable,
  { walk, range, moment, request, texts }: DescribedDeletion,
): Promise<readonly LockedRow[]> {
  const reason = walked.reason(dialect, moment)
  const text = texts?.get(walked.table)?.text
  const link = walked.link === walked.key ? Prisma.empty : Prisma.raw(`, ${walked.link} AS A_LINK`)
  return rows<LockedRow>(Prisma.sql`
    SELECT ${keyOf(walked)} AS A_KEY ${link}, ${reason} AS REASON ${text === undefined ? Prisma.empty : Prisma.sql`, ${text} AS A_ROW`}
    FROM ${fromTable(walked)} WHERE ${within(walked, walk, range)} AND ${reason} IS NOT NULL
    ORDER BY ${keyOf(walked)} LIMIT ${BigInt(request.limit)} ${dialect.forUpdateOfFree}`)
}

interface Told {
  readonly locked: readonly LockedRow[]
  readonly found: LockedRows
  readonly deletion: DescribedDeletion
}

/** Its own rows first. */
async function tellOf(transaction: Runner, { table }: WalkedTable, { locked, found, deletion: { texts } }: Told): Promise<readonly DoomedRows[]> {
  const told: DoomedRows[] = []
  const own = texts?.get(table)
  if (own !== undefined) told.push({ table, columns: own.columns, lines: locked.map(({ A_ROW }) => own.toLine(A_ROW ?? '')) })
  else for (const rows of found.own) told.push(await readDoomed(transaction, rows, undefined))
  for (const other of found.others) told.push(await readDoomed(transaction, other, texts))
  return told.filter(({ lines }) => lines.length > 0)
}
