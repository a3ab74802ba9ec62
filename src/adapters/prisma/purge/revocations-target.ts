import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { integer, type SqlInteger } from '../sql-integer.js'

/** How much of the log's newest part is always there, in seconds: whoever was away for less can catch up entry by entry. */
const KEPT_WHOLE = 3600n

const EXPIRED = Prisma.sql`PURGE_AFTER < unixepoch() AND CREATED_AT < unixepoch() - ${KEPT_WHOLE}`

/** The place of the newest entry that is older than the part kept whole. */
const TRIM = Prisma.sql`
  UPDATE JETON_HEAD SET TRIMMED_TO = MAX(TRIMMED_TO, COALESCE(
    (SELECT SEQ FROM JETON_REVOCATION WHERE CREATED_AT < unixepoch() - ${KEPT_WHOLE} ORDER BY CREATED_AT DESC, SEQ DESC LIMIT 1), 0))
  WHERE ID = 1`

/** Entries that hit no living token any more, from the part of the log that may have gaps. */
export function createRevocationsTarget(session: DatabaseSession): PurgeTarget {
  return {
    name: 'revocations',
    estimate: () =>
      session.run(async (database) => {
        const [found] = await database.$queryRaw<[{ ROWS_: SqlInteger }]>(Prisma.sql`SELECT COUNT(*) AS ROWS_ FROM JETON_REVOCATION WHERE ${EXPIRED}`)
        return integer(found.ROWS_)
      }),
    deleteBatch: (limit) =>
      session.transaction(async (transaction) => {
        await transaction.$executeRaw(TRIM)
        const rows = await transaction.$queryRaw<{ SEQ: SqlInteger }[]>(Prisma.sql`
          SELECT SEQ FROM JETON_REVOCATION
          WHERE PURGE_AFTER < unixepoch() AND SEQ <= (SELECT TRIMMED_TO FROM JETON_HEAD WHERE ID = 1)
          ORDER BY PURGE_AFTER, SEQ LIMIT ${BigInt(limit)}`)
        if (rows.length === 0) return 0
        const places = Prisma.sql`(SELECT value FROM json_each(${JSON.stringify(rows.map((row) => integer(row.SEQ)))}))`
        for (const mark of MARKS) await transaction.$executeRaw(markStoredTokens(mark, places))
        return transaction.$executeRaw(Prisma.sql`DELETE FROM JETON_REVOCATION WHERE SEQ IN ${places}`)
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
function markStoredTokens(mark: Prisma.Sql, places: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'REVOKED', TOKEN_STATE_ID = lower(hex(randomblob(16)))
    WHERE TOKEN_STATE = 'ACTIVE' AND TOKEN_ID IN (
      SELECT T.TOKEN_ID FROM JETON_REVOCATION R JOIN IDN_OAUTH2_ACCESS_TOKEN T ON ${mark}
      WHERE R.SEQ IN ${places} AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF))`
}
