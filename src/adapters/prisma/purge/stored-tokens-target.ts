import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { TokenCleanup } from '../../../stores/stored-token-store.js'
import type { DatabaseSession } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { leave } from '../leave-active.js'
import { type LeavingRecord, lockExpiredTokens } from '../sql/leaving-tokens.js'
import { createExpiredRowsTarget } from './expired-rows-target.js'

/**
 * Stored tokens whose access and refresh token have expired; their scopes go with them. Where an audit is kept these go there too,
 * so that it holds every token that was. Rows that are not Jeton's have no PURGE_AFTER and stay.
 */
export function createStoredTokensTarget(session: DatabaseSession, cleanup: TokenCleanup): PurgeTarget {
  const expired = createExpiredRowsTarget(session, 'tokens', Prisma.sql`IDN_OAUTH2_ACCESS_TOKEN`)
  if (cleanup.kind !== 'audit') return expired
  return {
    ...expired,
    deleteBatch: (limit) =>
      session.transaction(async (transaction) => {
        const rows = await transaction.rows<LeavingRecord>(lockExpiredTokens(transaction.dialect, BigInt(limit)))
        await leave(transaction, rows, { state: 'EXPIRED', cleanup, staysKnown: false })
        return rows.length
      }),
  }
}
