import type { Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { integer, type SqlInteger } from '../sql-integer.js'
import type { Preparation } from './partitioned-target.js'
import { KEPT_WHOLE, mark, trim } from './revocations-target.js'

/**
 * What an entry needs before it may leave, for a partition of the log: stored tokens that it hits are marked, and the log is known to
 * have gaps up to it. What was appended meanwhile has a greater SEQ, since whoever appends holds the head.
 */
export const prepareEntries: Preparation = {
  margin: KEPT_WHOLE,
  size: 5_000,

  async stretch(transaction, { from, to, after, limit }) {
    const { dialect, rows, execute } = transaction
    const next = Prisma.sql`SELECT SEQ FROM ${Prisma.raw(from)} WHERE SEQ > ${BigInt(after)} ORDER BY SEQ LIMIT ${BigInt(limit)}`
    const { FOUND, LAST_SEQ } = firstRow(
      await rows<{ readonly FOUND: SqlInteger; readonly LAST_SEQ: SqlInteger | null }>(
        Prisma.sql`SELECT COUNT(*) AS FOUND, MAX(SEQ) AS LAST_SEQ FROM (${next}) STRETCH`,
      ),
    )
    const [found, last] = [integer(FOUND), LAST_SEQ === null ? after : integer(LAST_SEQ)]
    // The end of the partition says where to look: SEQ alone would be looked for in every one.
    if (found > 0) await mark(transaction, Prisma.sql`R.SEQ > ${BigInt(after)} AND R.SEQ <= ${BigInt(last)} AND R.PURGE_AFTER < ${BigInt(to)}`)
    if (found < limit) await execute(trim(dialect))
    return { rows: found, last }
  },

  async unless({ rows }: Runner, { from, last, now }) {
    const { TRIMMED_TO } = firstRow(await rows<{ readonly TRIMMED_TO: SqlInteger }>(Prisma.sql`SELECT TRIMMED_TO FROM JETON_HEAD WHERE ID = 1`))
    const found = `SELECT 1 AS found FROM ${from}`
    return [`${found} WHERE SEQ > ${Math.min(last, integer(TRIMMED_TO))} LIMIT 1`, `${found} WHERE CREATED_AT >= ${now - KEPT_WHOLE} LIMIT 1`]
  },
}
