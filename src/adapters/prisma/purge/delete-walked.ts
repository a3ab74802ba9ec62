import type { RowsByReason } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import type { DoomedPart } from '../sql/delete-range.js'
import { integer } from '../sql-integer.js'
import { deleteLocked } from './delete-locked.js'
import { deleteTelling } from './delete-telling.js'
import { describeRows, readColumns } from './keep-rows.js'
import { within } from './walk.js'
import type { DescribedDeletion, WalkedDeletion } from './walked-deletion.js'
import type { WalkedTable } from './walked-table.js'

/** The rows of the range that may go, and what belongs to them. What somebody else works on is left for the next time. */
export async function deleteWalked(transaction: Runner, walked: WalkedTable, deletion: WalkedDeletion): Promise<RowsByReason> {
  const { deleteRange, forPurging } = transaction.dialect
  if (forPurging !== undefined) await transaction.rows(forPurging)
  const isTold = deletion.request.keep !== undefined
  const tables = [walked.table, ...walked.related.map(({ table }) => table)]
  const columns = isTold || deleteRange === undefined ? await readColumns(transaction, tables) : undefined
  const texts = isTold ? describeRows(transaction.dialect, tables, columns) : undefined
  const described = { ...deletion, texts, columns: columns ?? [] }
  // One by one where a column is of a type that only the client can read.
  if (isTold && texts === undefined) return deleteLocked(transaction, walked, described)
  if (deleteRange !== undefined) return deleteAtOnce(transaction, walked, described)
  return (await deleteTelling(transaction, walked, described)) ?? deleteLocked(transaction, walked, described)
}

async function deleteAtOnce(
  { dialect, rows }: Runner,
  walked: WalkedTable,
  { walk, range, moment, request, texts }: DescribedDeletion,
): Promise<RowsByReason> {
  const { deleteRange } = dialect
  if (deleteRange === undefined) throw new TypeError(`${dialect.name} deletes in steps`)
  const parts = await rows<DoomedPart>(
    deleteRange({
      ...walked,
      place: walk.column,
      isUnique: walk.isUnique('X'),
      which: within(walked, walk, range),
      reason: walked.reason(dialect, moment),
      limit: BigInt(request.limit),
      texts,
    }),
  )
  const reasons = parts.flatMap(({ REASON, FOUND }) => (REASON === null ? [] : [[REASON, integer(FOUND)] as const]))
  const told = parts.flatMap(({ A_TABLE: table, A_ROWS }) =>
    table === null || A_ROWS === null ? [] : [{ table, columns: texts?.get(table)?.columns ?? [], lines: A_ROWS.split('\n') }],
  )
  if (told.length > 0) await request.keep?.(told)
  return Object.fromEntries(reasons)
}
