import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { inChunks } from '../in-chunks.js'
import type { Dialect } from '../sql/dialect.js'
import { integer, type SqlInteger } from '../sql-integer.js'

/** How much of the log's newest part is always there, in seconds: whoever was away for less can catch up entry by entry. */
const KEPT_WHOLE = 3600

/** The instant before which the log may have gaps. */
const keptFrom = ({ now }: Dialect): Prisma.Sql => Prisma.sql`${now} - ${Prisma.raw(String(KEPT_WHOLE))}`

/** The place of the newest entry that is older than the part kept whole. */
function trim(dialect: Dialect): Prisma.Sql {
  const newestOld = Prisma.sql`COALESCE(
    (SELECT SEQ FROM JETON_REVOCATION WHERE CREATED_AT < ${keptFrom(dialect)} ORDER BY CREATED_AT DESC, SEQ DESC LIMIT 1), 0)`
  return Prisma.sql`UPDATE JETON_HEAD SET TRIMMED_TO = ${dialect.greatest(Prisma.sql`TRIMMED_TO`, newestOld)} WHERE ID = 1`
}

/** Entries that hit no living token any more, from the part of the log that may have gaps. */
export function createRevocationsTarget(session: DatabaseSession): PurgeTarget {
  return {
    name: 'revocations',
    estimate: () =>
      session.run(async ({ dialect, rows }) => {
        const expired = Prisma.sql`PURGE_AFTER < ${dialect.now} AND CREATED_AT < ${keptFrom(dialect)}`
        return integer(firstRow(await rows<{ FOUND: SqlInteger }>(Prisma.sql`SELECT COUNT(*) AS FOUND FROM JETON_REVOCATION WHERE ${expired}`)).FOUND)
      }),
    deleteBatch: (limit) =>
      session.transaction(async (transaction) => {
        const rows = await transaction.rows<{ SEQ: SqlInteger }>(Prisma.sql`
          SELECT SEQ FROM JETON_REVOCATION
          WHERE PURGE_AFTER < ${transaction.dialect.now} AND CREATED_AT < ${keptFrom(transaction.dialect)}
          ORDER BY PURGE_AFTER, SEQ LIMIT ${BigInt(limit)}`)
        const chunks = [...inChunks(rows)].map((chunk) => Prisma.join(chunk.map((row) => BigInt(row.SEQ))))
        // Before the head is locked: it may take long, and everybody locks in this order.
        for (const places of chunks) await mark(transaction, places)
        await transaction.execute(trim(transaction.dialect))
        let deleted = 0
        for (const places of chunks) deleted += await transaction.execute(forget(places))
        return deleted
      }),
  }
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
async function mark({ dialect, execute }: Runner, places: Prisma.Sql): Promise<void> {
  const hit = Prisma.sql`R.SEQ IN (${places}) AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF)`
  for (const which of MARKS) await execute(dialect.revokeHit(which, hit))
}

/** Up to the trimmed mark, which a clock that was set back may have left behind. */
const forget = (places: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`DELETE FROM JETON_REVOCATION WHERE SEQ IN (${places}) AND SEQ <= (SELECT TRIMMED_TO FROM JETON_HEAD WHERE ID = 1)`
