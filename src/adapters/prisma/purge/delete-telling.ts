import type { DoomedRows, RowsByReason } from '../../../stores/purge-target.js'
import { isLockTimeout } from '../database-errors.js'
import type { Runner } from '../database-session.js'
import { Disturbed } from '../disturbed.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { RowTexts } from './keep-rows.js'
import { tally } from './purge-batch.js'
import type { ReferringTable } from './referring-tables.js'
import { type PlaceRange, within } from './walk.js'
import type { DescribedDeletion } from './walked-deletion.js'
import { fromTable, keyOf, type WalkedTable } from './walked-table.js'

/** A row that has gone. */
interface GoneRow {
  readonly A_KEY: string
  /** As its table's text has it; empty where nobody is told. */
  readonly A_ROW: string
}

interface JudgedRow extends GoneRow {
  readonly REASON: string
}

export interface TellingDeletion extends DescribedDeletion {
  readonly referring: readonly ReferringTable[]
}

/**
 * Where a statement that deletes answers with its rows, but knows one table only and passes over nothing that is locked. The rows of the range go first; then, of each
 * table beside it, what belonged to them. If that turns out to be another's, or if somebody else had locked a row in between, the transaction has to be undone.
 * @throws Disturbed
 */
export async function deleteTelling(transaction: Runner, walked: WalkedTable, deletion: TellingDeletion): Promise<RowsByReason> {
  const { range, request, texts, referring } = deletion
  const { deleting } = transaction.dialect
  if (deleting === undefined) throw new TypeError(`no statement of ${transaction.dialect.name} that deletes tells`)
  const judged = await remove<JudgedRow>(transaction, Prisma.sql`${deleting.alone} ${deleteDead(transaction, walked, deletion)}`)
  request.deleted?.()
  if (judged.length === 0) return {}
  const keys = new Set(judged.map(({ A_KEY }) => A_KEY))
  const left = await findLeft(transaction, walked, { range, most: keys.size })
  const gone = new Map<string, readonly GoneRow[]>([[walked.table, judged]])
  for (const { table, column } of referring) {
    const which = whichGo(Prisma.raw(column), { range, left, gone: [...keys] })
    const beside = await remove<GoneRow>(
      transaction,
      Prisma.sql`${deleting.atOnce} DELETE FROM ${Prisma.raw(table)} WHERE ${which} RETURNING ${Prisma.raw(column)} AS A_KEY, ${textOf(deletion, table)} AS A_ROW`,
    )
    if (beside.some(({ A_KEY }) => !keys.has(A_KEY))) throw new Disturbed()
    gone.set(table, beside)
  }
  if (texts !== undefined) await request.keep?.(linesOf(gone, texts))
  return tally(judged.map(({ REASON }) => REASON))
}

/** Of those tables of which something is told. */
function linesOf(gone: ReadonlyMap<string, readonly GoneRow[]>, texts: RowTexts): readonly DoomedRows[] {
  return [...gone].flatMap(([table, rows]) => {
    const text = texts.get(table)
    return text === undefined || rows.length === 0 ? [] : { table, columns: text.columns, lines: rows.map(({ A_ROW }) => text.toLine(A_ROW)) }
  })
}

async function remove<Row>({ rows }: Runner, statement: Prisma.Sql): Promise<readonly Row[]> {
  return rows<Row>(statement).catch((error: unknown) => {
    throw isLockTimeout(error) ? new Disturbed() : error
  })
}

const textOf = ({ texts }: DescribedDeletion, table: string): Prisma.Sql => texts?.get(table)?.text ?? Prisma.sql`''`

function deleteDead({ dialect }: Runner, walked: WalkedTable, deletion: DescribedDeletion): Prisma.Sql {
  const reason = walked.reason(dialect, deletion.moment)
  return Prisma.sql`
    DELETE FROM ${fromTable(walked)} WHERE ${within(walked, deletion.walk, deletion.range)} AND ${reason} IS NOT NULL
    RETURNING ${keyOf(walked)} AS A_KEY, ${reason} AS REASON, ${textOf(deletion, walked.table)} AS A_ROW`
}

/** Keys of rows of the range that stay, at most so many; read without a lock. */
async function findLeft(
  { rows }: Runner,
  walked: WalkedTable,
  { range, most }: { readonly range: PlaceRange; readonly most: number },
): Promise<readonly string[]> {
  const found = await rows<{ readonly A_KEY: string }>(
    Prisma.sql`SELECT ${keyOf(walked)} AS A_KEY FROM ${fromTable(walked)} WHERE ${between(keyOf(walked), range)} LIMIT ${BigInt(most)}`,
  )
  return found.map(({ A_KEY }) => A_KEY)
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
