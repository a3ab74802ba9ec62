import type { BatchRequest, RowsByReason } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import type { DoomedPart } from '../sql/delete-range.js'
import type { PurgeMoment } from '../sql/wso2-purge-rules.js'
import { integer } from '../sql-integer.js'
import { describeRows, keepRows, type RowTexts } from './keep-rows.js'
import { tally } from './purge-batch.js'
import { fromTable, type KeyRange, keyOf, type WalkedTable, within } from './walked-table.js'

export interface WalkedDeletion {
  readonly range: KeyRange
  readonly moment: PurgeMoment
  readonly request: BatchRequest
}

/** The rows of the range that may go, and what belongs to them. What somebody else works on is left for the next time. */
export async function deleteWalked(transaction: Runner, walked: WalkedTable, deletion: WalkedDeletion): Promise<RowsByReason> {
  const { deleteRange, forPurging } = transaction.dialect
  if (forPurging !== undefined) await transaction.rows(forPurging)
  if (deleteRange === undefined) return deleteLocked(transaction, walked, deletion)
  const texts = deletion.request.keep && (await describeRows(transaction, [walked.table, ...walked.related.map(({ table }) => table)]))
  // A column of a type that only the client can read.
  if (deletion.request.keep !== undefined && texts === undefined) return deleteLocked(transaction, walked, deletion)
  return deleteAtOnce(transaction, walked, { ...deletion, texts })
}

async function deleteAtOnce(
  { dialect, rows }: Runner,
  walked: WalkedTable,
  { range, moment, request, texts }: WalkedDeletion & { readonly texts: RowTexts | undefined },
): Promise<RowsByReason> {
  const { deleteRange } = dialect
  if (deleteRange === undefined) throw new TypeError(`${dialect.name} deletes in steps`)
  const parts = await rows<DoomedPart>(
    deleteRange({ ...walked, which: within(walked, range), reason: walked.reason(dialect, moment), limit: BigInt(request.limit), texts }),
  )
  const reasons = parts.flatMap(({ REASON, FOUND }) => (REASON === null ? [] : [[REASON, integer(FOUND)] as const]))
  const told = parts.flatMap(({ A_TABLE: table, A_ROWS }) =>
    table === null || A_ROWS === null ? [] : [{ table, columns: texts?.get(table)?.columns ?? [], lines: A_ROWS.split('\n') }],
  )
  if (told.length > 0) await request.keep?.(told)
  return Object.fromEntries(reasons)
}

interface LockedRow {
  readonly A_KEY: string
  readonly A_LINK: string | null
  readonly REASON: string
}

/** Where one statement cannot delete from several tables, or not without waiting for others. */
async function deleteLocked(transaction: Runner, walked: WalkedTable, { range, moment, request }: WalkedDeletion): Promise<RowsByReason> {
  const { dialect, rows } = transaction
  const reason = walked.reason(dialect, moment)
  const locked = await rows<LockedRow>(Prisma.sql`
    SELECT ${keyOf(walked)} AS A_KEY, ${Prisma.raw(`${walked.alias}.${walked.link}`)} AS A_LINK, ${reason} AS REASON FROM ${fromTable(walked)}
    WHERE ${within(walked, range)} AND ${reason} IS NOT NULL
    ORDER BY ${keyOf(walked)} LIMIT ${BigInt(request.limit)} ${dialect.forUpdateOfFree}`)
  for (const chunk of inChunks(locked)) await deleteParts(transaction, partsOf(transaction, walked, chunk), request.keep)
  return tally(locked.map(({ REASON }) => REASON))
}

interface Part {
  readonly table: string
  readonly which: Prisma.Sql
  readonly deletion: Prisma.Sql
}

/** Its own rows first. */
function partsOf({ dialect }: Runner, { table, key, related }: WalkedTable, locked: readonly LockedRow[]): readonly Part[] {
  const keys = locked.map(({ A_KEY }) => A_KEY)
  const links = locked.flatMap(({ A_LINK }) => (A_LINK === null ? [] : [A_LINK]))
  const own = { table, which: dialect.isOneOf(Prisma.raw(key), keys), deletion: dialect.deleteKeyed(table, key, keys) }
  if (links.length === 0) return [own]
  const others = related.map((other) => {
    const which = dialect.isOneOf(Prisma.raw(other.column), links)
    return { table: other.table, which, deletion: Prisma.sql`DELETE FROM ${Prisma.raw(other.table)} WHERE ${which}` }
  })
  return [own, ...others]
}

async function deleteParts(transaction: Runner, parts: readonly Part[], keep: BatchRequest['keep']): Promise<void> {
  for (const part of parts) if (keep !== undefined) await keepRows(transaction, keep, part)
  for (const { deletion } of [...parts].reverse()) await transaction.execute(deletion)
}
