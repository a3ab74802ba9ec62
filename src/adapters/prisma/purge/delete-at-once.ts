import type { RowsByReason } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import type { DoomedPart } from '../sql/delete-range.js'
import { integer } from '../sql-integer.js'
import { within } from './walk.js'
import type { DescribedDeletion } from './walked-deletion.js'
import type { WalkedTable } from './walked-table.js'

/** Where one statement deletes from all tables, tells of the rows and passes over those that somebody else has locked. */
export async function deleteAtOnce(
  { dialect, rows }: Runner,
  walked: WalkedTable,
  { walk, range, moment, request, texts }: DescribedDeletion,
): Promise<RowsByReason> {
  const { deleteRange, forPurging } = dialect
  if (deleteRange === undefined) throw new TypeError(`${dialect.name} deletes in steps`)
  if (forPurging !== undefined) await rows(forPurging)
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
