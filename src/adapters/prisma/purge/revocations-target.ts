import type { BatchRequest, PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import { LOG_TABLE } from '../partitions/partitioned-tables.js'
import type { Dialect } from '../sql/dialect.js'
import { integer, type SqlInteger } from '../sql-integer.js'
import { keepRows } from './keep-rows.js'
import { analyzing, expired, ONCE_MORE, purgeBatch } from './purge-batch.js'

const NAME = 'revocations'

/** How much of the log's newest part is always there, in seconds: whoever was away for less can catch up entry by entry. */
export const KEPT_WHOLE = 3600

/** The instant before which the log may have gaps. */
const keptFrom = ({ now }: Dialect): Prisma.Sql => Prisma.sql`${now} - ${Prisma.raw(String(KEPT_WHOLE))}`

/** The place of the newest entry that is older than the part kept whole. */
export function trim(dialect: Dialect): Prisma.Sql {
  const newestOld = Prisma.sql`COALESCE(
    (SELECT SEQ FROM JETON_REVOCATION WHERE CREATED_AT < ${keptFrom(dialect)} ORDER BY CREATED_AT DESC, SEQ DESC LIMIT 1), 0)`
  return Prisma.sql`UPDATE JETON_HEAD SET TRIMMED_TO = ${dialect.greatest(Prisma.sql`TRIMMED_TO`, newestOld)} WHERE ID = 1`
}

const expiredEntries = (dialect: Dialect): Prisma.Sql => Prisma.sql`PURGE_AFTER < ${dialect.now} AND CREATED_AT < ${keptFrom(dialect)}`

/** Entries that hit no living token any more, from the part of the log that may have gaps. `from`: the table, or a part of it. */
export function createRevocationsTarget(session: DatabaseSession, from: string = LOG_TABLE.name): PurgeTarget {
  return {
    name: NAME,
    analyze: analyzing(session, 'JETON_REVOCATION'),
    count: () =>
      session.run(async ({ dialect, rows }) => {
        const found = Prisma.sql`SELECT COUNT(*) AS FOUND FROM ${Prisma.raw(from)} WHERE ${expiredEntries(dialect)}`
        return expired(integer(firstRow(await rows<{ readonly FOUND: SqlInteger }>(found)).FOUND))
      }),
    deleteBatch: (request) =>
      purgeBatch(session, NAME, request, async (transaction) => {
        const deleted = await forgetOldest(transaction, request, from)
        return { deleted: expired(deleted), after: deleted < request.limit ? null : ONCE_MORE }
      }),
  }
}

async function forgetOldest(transaction: Runner, { limit, keep }: BatchRequest, from: string): Promise<number> {
  const { dialect, rows, execute } = transaction
  const found = await rows<{ readonly SEQ: SqlInteger }>(
    Prisma.sql`SELECT SEQ FROM ${Prisma.raw(from)} WHERE ${expiredEntries(dialect)} ORDER BY PURGE_AFTER, SEQ LIMIT ${BigInt(limit)}`,
  )
  const chunks = [...inChunks(found)].map((chunk) => Prisma.join(chunk.map((row) => BigInt(row.SEQ))))
  // Before the head is locked: it may take long, and everybody locks in this order.
  for (const places of chunks) {
    if (keep !== undefined) await keepRows(transaction, keep, { table: 'JETON_REVOCATION', which: Prisma.sql`SEQ IN (${places})` })
    await mark(transaction, Prisma.sql`R.SEQ IN (${places})`)
  }
  await execute(trim(dialect))
  let deleted = 0
  for (const places of chunks) deleted += await execute(forget(places))
  return deleted
}

/** How stored tokens T, of clients C, are found that an entry R hits. Those of keys are none: no key signs them. */
const MARKS = [
  Prisma.sql`R.KIND = 'token' AND T.TOKEN_ID = R.ID`,
  Prisma.sql`R.KIND = 'grant' AND T.JETON_GRANT_ID = R.ID`,
  Prisma.sql`R.KIND = 'client' AND T.CONSUMER_KEY_ID = (SELECT ID FROM IDN_OAUTH_CONSUMER_APPS WHERE CONSUMER_KEY = R.ID)`,
  Prisma.sql`R.KIND = 'subject' AND T.SUBJECT_IDENTIFIER = R.ID AND T.USER_TYPE = 'APPLICATION_USER'`,
  Prisma.sql`R.KIND = 'all'`,
]

/** An entry may not leave before the rows that it hits say so themselves. */
export async function mark({ dialect, execute }: Runner, entries: Prisma.Sql): Promise<void> {
  const hit = Prisma.sql`${entries} AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF)`
  for (const which of MARKS) await execute(dialect.revokeHit(which, hit))
}

/** Up to the trimmed mark, which a clock that was set back may have left behind. */
const forget = (places: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`DELETE FROM JETON_REVOCATION WHERE SEQ IN (${places}) AND SEQ <= (SELECT TRIMMED_TO FROM JETON_HEAD WHERE ID = 1)`
