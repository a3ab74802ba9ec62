import type { RowsByReason } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import type { DoomedPart } from '../sql/delete-range.js'
import { integer } from '../sql-integer.js'
import { deleteLocked } from './delete-locked.js'
import { asX, describeRows, readColumns, X } from './keep-rows.js'
import { within } from './walk.js'
import type { DescribedDeletion, WalkedDeletion } from './walked-deletion.js'
import type { WalkedTable } from './walked-table.js'

/** The rows of the range that may go, and what belongs to them. What somebody else works on is left for the next time. */
export async function deleteWalked(transaction: Runner, walked: WalkedTable, deletion: WalkedDeletion): Promise<RowsByReason> {
  const { deleteRange, forPurging } = transaction.dialect
  if (forPurging !== undefined) await transaction.rows(forPurging)
  const isTold = deletion.request.keep !== undefined
  const own = deleteRange === undefined ? { table: walked.table, alias: walked.alias } : asX(walked.table)
  const tables = [own, ...walked.related.map(({ table }) => asX(table))]
  const columns = isTold || deleteRange === undefined ? await readColumns(transaction, tables) : undefined
  const texts = isTold ? describeRows(transaction.dialect, tables, columns) : undefined
  // In steps too where a column is of a type that only the client can read.
  const inSteps = deleteRange === undefined || (isTold && texts === undefined)
  return (inSteps ? deleteLocked : deleteAtOnce)(transaction, walked, { ...deletion, texts, columns: columns ?? [] })
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
      isUnique: walk.isUnique(X),
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
