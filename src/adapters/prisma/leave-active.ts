import type { GrantId, TokenId } from '../../model/ids.js'
import type { TokenCleanup } from '../../stores/stored-token-store.js'
import type { Runner } from './database-session.js'
import { Prisma } from './generated/sqlite/client.js'
import { inChunks } from './in-chunks.js'
import { auditTokens, deleteTokens, type LeavingRecord, lockTokens, markTokens, type StateAfter } from './sql/leaving-tokens.js'

export interface Leaving {
  readonly state: StateAfter
  readonly cleanup: TokenCleanup
  /** Whether the refresh token of a row may still be asked about although no other row knows its grant. */
  readonly staysKnown: boolean
}

/** Of these grants: what is ACTIVE, and with clean-up what an event without it has left behind. */
export async function leaveOfGrants(transaction: Runner, ids: readonly GrantId[], leaving: Leaving): Promise<readonly LeavingRecord[]> {
  const active = leaving.cleanup.kind === 'off' ? Prisma.sql`AND T.TOKEN_STATE = 'ACTIVE'` : Prisma.empty
  return leave(
    transaction,
    await transaction.rows(lockTokens(transaction.dialect, Prisma.sql`T.JETON_GRANT_ID IN (${Prisma.join([...ids])}) ${active}`)),
    leaving,
  )
}

export async function leaveById(transaction: Runner, ids: readonly (TokenId | string)[], leaving: Leaving): Promise<readonly LeavingRecord[]> {
  const which = Prisma.sql`T.TOKEN_ID IN (${Prisma.join([...ids])}) AND T.TOKEN_STATE = 'ACTIVE'`
  return leave(transaction, await transaction.rows(lockTokens(transaction.dialect, which)), leaving)
}

/** Takes locked rows out of ACTIVE, and out of the table where that is what clean-up is to do. @returns those that were ACTIVE. */
export async function leave(
  transaction: Runner,
  rows: readonly LeavingRecord[],
  { state, cleanup, staysKnown }: Leaving,
): Promise<readonly LeavingRecord[]> {
  const { dialect } = transaction
  for (const ids of inChunks(rows.map((row) => row.TOKEN_ID))) {
    switch (cleanup.kind) {
      case 'off':
        await transaction.execute(markTokens(dialect, ids, state))
        break
      case 'audit':
        await transaction.execute(auditTokens(dialect, ids, { state, retention: cleanup.retention }))
        await transaction.execute(deleteTokens(ids, { withRefreshToken: true }))
        break
      case 'delete':
        await transaction.execute(deleteTokens(ids, { withRefreshToken: !staysKnown }))
        if (staysKnown) await transaction.execute(markTokens(dialect, ids, state))
    }
  }
  return rows.filter((row) => row.TOKEN_STATE === 'ACTIVE')
}
