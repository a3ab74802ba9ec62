import type { BatchRequest, PurgeTarget } from '../../../stores/purge-target.js'
import type { TokenCleanup } from '../../../stores/stored-token-store.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { leave } from '../leave-active.js'
import { type LeavingRecord, lockExpiredTokens } from '../sql/leaving-tokens.js'
import { deleteWithTokens, keepTokens } from './delete-tokens.js'
import { readLag } from './expired-rows-target.js'
import { analyzing, byReason, ONCE_MORE, purgeBatch, type ReasonCount, tally } from './purge-batch.js'
import { reasonOf, reasonOfState } from './token-reasons.js'

/** What is done with tokens that go. */
export interface TokenPurging {
  readonly cleanup: TokenCleanup
  /** Tables whose rows go with them. */
  readonly beside: readonly string[]
}

const NAME = 'tokens'

/**
 * Stored tokens whose access and refresh token have expired; their scopes go with them. Where an audit is kept these go there too,
 * so that it holds every token that was. Rows that are not Jeton's have no PURGE_AFTER and stay.
 */
export function createStoredTokensTarget(session: DatabaseSession, purging: TokenPurging): PurgeTarget {
  return {
    name: NAME,
    count: () =>
      session.run(async ({ dialect, rows }) =>
        byReason(
          await rows<ReasonCount>(Prisma.sql`
            SELECT ${reasonOfState} AS REASON, COUNT(*) AS FOUND FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.PURGE_AFTER < ${dialect.now}
            GROUP BY ${reasonOfState}`),
        ),
      ),
    analyze: analyzing(session, 'IDN_OAUTH2_ACCESS_TOKEN'),
    lag: () => readLag(session, Prisma.sql`SELECT MIN(PURGE_AFTER) FROM IDN_OAUTH2_ACCESS_TOKEN`),
    deleteBatch: (request) =>
      purgeBatch(session, NAME, request, async (transaction) => {
        const rows = await transaction.rows<LeavingRecord>(lockExpiredTokens(transaction.dialect, BigInt(request.limit)))
        await removeTokens(transaction, rows, { request, purging })
        return { deleted: tally(rows.map(reasonOf)), after: rows.length < request.limit ? null : ONCE_MORE }
      }),
  }
}

/** Locked rows, into the audit where one is kept. */
export async function removeTokens(
  transaction: Runner,
  rows: readonly LeavingRecord[],
  { request, purging }: { readonly request: BatchRequest; readonly purging: TokenPurging },
): Promise<void> {
  const { cleanup, beside } = purging
  const ids = rows.map((row) => row.TOKEN_ID)
  await keepTokens(transaction, ids, { keep: request.keep, beside })
  if (cleanup.kind === 'audit') await leave(transaction, rows, { state: 'EXPIRED', cleanup, staysKnown: false })
  else await deleteWithTokens(transaction, ids, beside)
}
