import type { DoomedRows } from '../../../stores/purge-target.js'
import { isLockTimeout } from '../database-errors.js'
import type { Runner } from '../database-session.js'
import { Disturbed } from '../disturbed.js'
import { Prisma } from '../generated/sqlite/client.js'
import { lineOf } from '../sql/row-text.js'
import type { RowTexts } from './keep-rows.js'
import { tally } from './purge-batch.js'
import type { ReferringTable } from './referring-tables.js'
import { type PlaceRange, within } from './walk.js'
import type { DescribedDeletion, Removed } from './walked-deletion.js'
import { fromTable, keyOf, type WalkedTable } from './walked-table.js'

export interface TellingDeletion extends DescribedDeletion {
  readonly referring: readonly ReferringTable[]
}

/**
 * Where a statement that deletes answers with its rows, but knows one table only and passes over nothing that is locked. The rows of the range go first; then, of each
 * table beside it, what belonged to them. If that turns out to be another's, or if somebody else had locked a row in between, the transaction has to be undone.
 * @throws Disturbed
 */
export async function deleteTelling(transaction: Runner, walked: WalkedTable, deletion: TellingDeletion): Promise<Removed> {
  const { range, request, texts } = deletion
  const { deleting } = transaction.dialect
  if (deleting === undefined) throw new TypeError(`no statement of ${transaction.dialect.name} that deletes tells`)
  const { dialect, listsOfBoth } = transaction
  const [[[nowMs] = []], judged] = await listsOfBoth(
    Prisma.sql`SELECT ${dialect.nowMs}`,
    Prisma.sql`${deleting.alone} ${deleteDead(transaction, walked, deletion)}`,
  ).catch(disturbed)
  request.deleted?.()
  const beganMs = Number(nowMs)
  if (judged.length === 0) return { deleted: {}, beganMs }
  const reasons = judged.map((row) => String(row.pop()))
  const keys = takeKeys(judged)
  const left = await findLeft(transaction, walked, { range, most: keys.length })
  const deletingBeside = deleteBeside(transaction, deletion, { left, keys })
  // By now the server is at that and at the next batch, which would have waited for these thousands of texts. What belongs to rows stays behind them.
  const ends = await Promise.allSettled([rowsAsTold(walked.table, judged, texts), deletingBeside])
  const told = ends.flatMap((end) => {
    if (end.status === 'rejected') throw end.reason
    return end.value
  })
  if (texts !== undefined) await request.keep?.(told)
  return { deleted: tally(reasons), beganMs }
}

interface Judged {
  /** Of tokens that have gone. */
  readonly keys: readonly string[]
  /** Of those of the range that stay, or of as many of them. */
  readonly left: readonly string[]
}

async function deleteBeside(
  transaction: Runner,
  { range, texts, referring }: TellingDeletion,
  { left, keys }: Judged,
): Promise<readonly DoomedRows[]> {
  const gone = new Set(keys)
  const told: DoomedRows[] = []
  for (const { table, column } of referring) {
    const which = whichGo(Prisma.raw(column), { range, left, gone: keys })
    const statement = Prisma.sql`DELETE FROM ${Prisma.raw(table)} WHERE ${which} RETURNING ${valuesOf(table, texts)} ${Prisma.raw(column)}`
    const rows = await transaction.lists(Prisma.sql`${transaction.dialect.deleting?.atOnce} ${statement}`).catch(disturbed)
    if (takeKeys(rows).some((key) => !gone.has(key))) throw new Disturbed()
    told.push(...(await rowsAsTold(table, rows, texts)))
  }
  return told
}

/** The last value of each row. */
const takeKeys = (rows: readonly unknown[][]): readonly string[] => rows.map((row) => String(row.pop()))

/** None of a table of which nothing is told. */
async function rowsAsTold(table: string, rows: readonly (readonly unknown[])[], texts: RowTexts | undefined): Promise<readonly DoomedRows[]> {
  const text = texts?.get(table)
  return text === undefined || rows.length === 0 ? [] : [{ table, columns: text.columns, lines: rows.map(lineOf) }]
}

/** Somebody else has locked a row. */
function disturbed(error: unknown): never {
  throw isLockTimeout(error) ? new Disturbed() : error
}

function valuesOf(table: string, texts: RowTexts | undefined): Prisma.Sql {
  const text = texts?.get(table)
  return text === undefined ? Prisma.empty : Prisma.sql`${text.values},`
}

function deleteDead({ dialect }: Runner, walked: WalkedTable, deletion: DescribedDeletion): Prisma.Sql {
  const reason = walked.reason(dialect, deletion.moment)
  return Prisma.sql`
    DELETE FROM ${fromTable(walked)} WHERE ${within(walked, deletion.walk, deletion.range)} AND ${reason} IS NOT NULL
    RETURNING ${valuesOf(walked.table, deletion.texts)} ${keyOf(walked)}, ${reason}`
}

/** Keys of rows of the range that stay, at most so many; read without a lock. */
async function findLeft(
  { lists }: Runner,
  walked: WalkedTable,
  { range, most }: { readonly range: PlaceRange; readonly most: number },
): Promise<readonly string[]> {
  const found = await lists(
    Prisma.sql`SELECT ${keyOf(walked)} FROM ${fromTable(walked)} WHERE ${between(keyOf(walked), range)} LIMIT ${BigInt(most)}`,
  )
  return found.map(([key]) => String(key))
}

/** Named by the fewer keys: what belongs to none of those that stay, or to one that has gone. A look at the other table would lock rows there that stay. */
function whichGo(
  link: Prisma.Sql,
  { range, left, gone }: { readonly range: PlaceRange; readonly left: readonly string[]; readonly gone: readonly string[] },
): Prisma.Sql {
  if (left.length >= gone.length) return Prisma.sql`${link} IN (${Prisma.join([...gone])})`
  const toNobody = left.length === 0 ? Prisma.empty : Prisma.sql`AND ${link} NOT IN (${Prisma.join([...left])})`
  return Prisma.sql`${between(link, range)} ${toNobody}`
}

const between = (column: Prisma.Sql, { after, to }: PlaceRange): Prisma.Sql =>
  Prisma.sql`${after === null ? Prisma.empty : Prisma.sql`${column} > ${after} AND`} ${column} <= ${to}`
