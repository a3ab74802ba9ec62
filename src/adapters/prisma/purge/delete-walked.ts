import type { BatchRequest, DoomedRows, RowsByReason } from '../../../stores/purge-target.js'
import type { Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import type { DoomedPart } from '../sql/delete-range.js'
import type { PurgeMoment } from '../sql/wso2-purge-rules.js'
import { integer } from '../sql-integer.js'
import { asX, describeRows, type RowTexts, readDoomed, type Selected, X } from './keep-rows.js'
import { tally } from './purge-batch.js'
import { type PlaceRange, type Walk, within } from './walk.js'
import { fromTable, keyOf, type WalkedTable } from './walked-table.js'

export interface WalkedDeletion {
  readonly walk: Walk
  readonly range: PlaceRange
  readonly moment: PurgeMoment
  readonly request: BatchRequest
}

interface ToldDeletion extends WalkedDeletion {
  /** undefined: nobody keeps the rows, or they have to be read as they are. */
  readonly texts: RowTexts | undefined
}

/** The rows of the range that may go, and what belongs to them. What somebody else works on is left for the next time. */
export async function deleteWalked(transaction: Runner, walked: WalkedTable, deletion: WalkedDeletion): Promise<RowsByReason> {
  const { deleteRange, forPurging } = transaction.dialect
  if (forPurging !== undefined) await transaction.rows(forPurging)
  const isTold = deletion.request.keep !== undefined
  const own = deleteRange === undefined ? { table: walked.table, alias: walked.alias } : asX(walked.table)
  const texts = isTold ? await describeRows(transaction, [own, ...walked.related.map(({ table }) => asX(table))]) : undefined
  // In steps too where a column is of a type that only the client can read.
  const inSteps = deleteRange === undefined || (isTold && texts === undefined)
  return (inSteps ? deleteLocked : deleteAtOnce)(transaction, walked, { ...deletion, texts })
}

async function deleteAtOnce(
  { dialect, rows }: Runner,
  walked: WalkedTable,
  { walk, range, moment, request, texts }: ToldDeletion,
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

interface LockedRow {
  readonly A_KEY: string
  readonly A_LINK: string | null
  readonly REASON: string
  readonly A_ROW: string | null
}

/** Where one statement cannot delete from several tables, or not without waiting for others. */
async function deleteLocked(transaction: Runner, walked: WalkedTable, { walk, range, moment, request, texts }: ToldDeletion): Promise<RowsByReason> {
  const { dialect, rows } = transaction
  const reason = walked.reason(dialect, moment)
  const locked = await rows<LockedRow>(Prisma.sql`
    SELECT ${keyOf(walked)} AS A_KEY, ${Prisma.raw(`${walked.alias}.${walked.link}`)} AS A_LINK, ${reason} AS REASON,
      ${texts?.get(walked.table)?.text ?? Prisma.raw('NULL')} AS A_ROW
    FROM ${fromTable(walked)} WHERE ${within(walked, walk, range)} AND ${reason} IS NOT NULL
    ORDER BY ${keyOf(walked)} LIMIT ${BigInt(request.limit)} ${dialect.forUpdateOfFree}`)
  const chunks = [...inChunks(locked)].map((chunk) => partsOf(transaction, walked, chunk))
  if (locked.length > 0) await request.keep?.(await tellOf(transaction, walked, { locked, chunks, texts }))
  for (const { own, others } of chunks) for (const { deletion } of [...others, own]) await transaction.execute(deletion)
  return tally(locked.map(({ REASON }) => REASON))
}

interface Part extends Selected {
  readonly deletion: Prisma.Sql
}

interface Parts {
  readonly own: Part
  readonly others: readonly Part[]
}

function partsOf({ dialect }: Runner, { table, key, related }: WalkedTable, locked: readonly LockedRow[]): Parts {
  const keys = locked.map(({ A_KEY }) => A_KEY)
  const links = locked.flatMap(({ A_LINK }) => (A_LINK === null ? [] : [A_LINK]))
  const own = { table, which: dialect.isOneOf(Prisma.raw(key), keys), deletion: dialect.deleteKeyed(table, key, keys) }
  if (links.length === 0) return { own, others: [] }
  const others = related.map((other) => {
    const which = dialect.isOneOf(Prisma.raw(other.column), links)
    return { table: other.table, which, deletion: Prisma.sql`DELETE FROM ${Prisma.raw(other.table)} WHERE ${which}` }
  })
  return { own, others }
}

interface Locked {
  readonly locked: readonly LockedRow[]
  readonly chunks: readonly Parts[]
  readonly texts: RowTexts | undefined
}

/** Its own rows first. */
async function tellOf(transaction: Runner, { table }: WalkedTable, { locked, chunks, texts }: Locked): Promise<readonly DoomedRows[]> {
  const told: DoomedRows[] = []
  const columns = texts?.get(table)?.columns
  if (columns !== undefined) told.push({ table, columns, lines: locked.map(({ A_ROW }) => A_ROW ?? '') })
  else for (const { own } of chunks) told.push(await readDoomed(transaction, own, undefined))
  for (const { others } of chunks) for (const other of others) told.push(await readDoomed(transaction, other, texts))
  return told.filter(({ lines }) => lines.length > 0)
}
