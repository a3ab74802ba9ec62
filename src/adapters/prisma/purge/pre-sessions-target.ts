import type { Seconds } from '../../../model/time.js'
import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { nanosecondsAgo, SESSION_KEY, type SessionKey } from '../sql/sessions.js'
import { integer, type SqlInteger } from '../sql-integer.js'
import { deleteRows, type KeyedTable, lockRows } from './keyed-rows.js'
import { expired, ONCE_MORE, purgeBatch } from './purge-batch.js'
import { readSessionLag } from './sessions-target.js'

const NAME = 'pre-sessions'
const PRE_SESSIONS: KeyedTable = { table: 'IDN_AUTH_TEMP_SESSION_STORE', key: SESSION_KEY }

/** What logins have stored that were begun so long ago. Oldest first, so that of each the newest row goes last. */
export function createPreSessionsTarget(session: DatabaseSession, longest: Seconds): PurgeTarget {
  return {
    name: NAME,
    count: () =>
      session.run(async ({ dialect, rows }) => {
        const old = Prisma.sql`SELECT COUNT(*) AS FOUND FROM IDN_AUTH_TEMP_SESSION_STORE WHERE TIME_CREATED < ${nanosecondsAgo(dialect, longest)}`
        return expired(integer(firstRow(await rows<{ readonly FOUND: SqlInteger }>(old)).FOUND))
      }),
    lag: () => readSessionLag(session, PRE_SESSIONS.table, { column: 'TIME_CREATED', length: longest }),
    async deleteBatch(request) {
      const doomed = await session.run((database) => findOldest(database, longest, request.limit))
      return purgeBatch(session, NAME, request, async (transaction) => {
        const going = await lockRows<SessionKey>(transaction, PRE_SESSIONS, doomed)
        const deleted = await deleteRows(transaction, PRE_SESSIONS, going, request.keep)
        return { deleted: expired(deleted), after: doomed.length < request.limit ? null : ONCE_MORE }
      })
    },
  }
}

function findOldest({ dialect, rows }: Runner, longest: Seconds, limit: number): Promise<readonly SessionKey[]> {
  return rows(Prisma.sql`
    SELECT SESSION_ID, SESSION_TYPE, TIME_CREATED, OPERATION FROM IDN_AUTH_TEMP_SESSION_STORE
    WHERE TIME_CREATED < ${nanosecondsAgo(dialect, longest)} ORDER BY TIME_CREATED, OPERATION DESC LIMIT ${BigInt(limit)}`)
}
