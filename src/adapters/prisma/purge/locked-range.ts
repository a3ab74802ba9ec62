import type { DoomedRows } from '../../../stores/purge-target.js'
import { isLockTimeout } from '../database-errors.js'
import type { Runner } from '../database-session.js'
import { Disturbed } from '../disturbed.js'
import { Prisma } from '../generated/sqlite/client.js'
import { type Selected, X } from './keep-rows.js'
import type { LockedDeletion, LockedRows } from './locked-rows.js'
import { within } from './walk.js'
import { fromTable, type WalkedTable } from './walked-table.js'

/**
 * As what may go between two keys, without a look for each of them. Rows that are locked are judged as they were, so all of them are found; where as many are
 * found no others are. Nobody is waited for: others are met by a row that they have locked, or by a count. undefined: it takes keys.
 */
export function findByRange(
  { dialect, execute }: Runner,
  walked: WalkedTable,
  { walk, range, moment, locked, request, texts, byKeys }: LockedDeletion,
): LockedRows | undefined {
  const { impatient } = dialect
  const last = locked.at(-1)?.A_KEY
  const isRead = request.keep === undefined || texts !== undefined
  if (byKeys || impatient === undefined || last === undefined || !walked.isJudgedAlone || walk.column !== walked.key || !isRead) return undefined
  const { alias, link, related } = walked
  const which = Prisma.sql`${within(walked, walk, { ...range, to: last })} AND ${walked.reason(dialect, moment)} IS NOT NULL`
  const beside = (other: string, column: string): Prisma.Sql =>
    Prisma.sql`FROM ${fromTable(walked)} STRAIGHT_JOIN ${Prisma.raw(`${other} ${X} ON ${X}.${column} = ${alias}.${link}`)} WHERE ${which}`
  const remove = async (statement: Prisma.Sql, expected: number | undefined): Promise<void> => {
    const gone = await execute(impatient(statement)).catch((error: unknown) => {
      throw isLockTimeout(error) ? new Disturbed() : error
    })
    if (expected !== undefined && gone !== expected) throw new Disturbed()
  }
  const countOf = (told: readonly DoomedRows[], other: string): number =>
    told.filter((rows) => rows.table === other).reduce((sum, { lines }) => sum + lines.length, 0)
  return {
    own: [],
    others: related.map(
      (other): Selected => ({ table: other.table, select: (columns) => Prisma.sql`SELECT ${columns} ${beside(other.table, other.column)}` }),
    ),
    async remove(told) {
      for (const other of related) {
        await remove(Prisma.sql`DELETE ${Prisma.raw(X)} ${beside(other.table, other.column)}`, told && countOf(told, other.table))
      }
      await remove(Prisma.sql`DELETE ${Prisma.raw(alias)} FROM ${fromTable(walked)} WHERE ${which}`, locked.length)
    },
  }
}
