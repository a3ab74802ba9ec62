import { StoreUnavailable } from '../../errors/operational-errors.js'
import type { GrantRow } from '../../model/grant.js'
import type { Seconds } from '../../model/time.js'
import type { StoredSuccessor, StoredToken, StoredTokenStore } from '../../stores/stored-token-store.js'
import type { DatabaseSession, Runner } from './database-session.js'
import type { Prisma } from './generated/sqlite/client.js'
import type { Dialect } from './sql/dialect.js'
import {
  findByAccessToken,
  findByRefreshToken,
  insertScopes,
  insertStoredToken,
  retireTokensOfGrant,
  type StoredTokenRecord,
  toStoredToken,
} from './sql/stored-tokens.js'
import { takeGrantStep } from './take-grant-step.js'

export function createPrismaStoredTokenStore(session: DatabaseSession, keepAfterExpiry: Seconds): StoredTokenStore {
  const find = (query: (dialect: Dialect) => Prisma.Sql) =>
    session.run(async (database) => {
      const [record] = await database.rows<StoredTokenRecord>(query(database.dialect))
      return record && toStoredToken(record)
    })
  const insert = async (transaction: Runner, token: StoredToken): Promise<void> => {
    const inserted = await transaction.execute(insertStoredToken(transaction.dialect, token, keepAfterExpiry))
    if (inserted === 0) throw new StoreUnavailable('database', { cause: new Error('the client of the token is not there any more') })
    if (token.scopes.length > 0) await transaction.execute(insertScopes(token))
  }
  return {
    insert: (token) => session.transaction((transaction) => insert(transaction, token)),
    findByAccessToken: (hash) => find((dialect) => findByAccessToken(dialect, hash)),
    findByRefreshToken: (hash) => find((dialect) => findByRefreshToken(dialect, hash)),
    replace: (step, successor) =>
      session.transaction(async (transaction) => {
        const outcome = await takeGrantStep(transaction, step)
        if (outcome.standing !== 'current' && outcome.standing !== 'grace') return outcome
        if (outcome.standing === 'current') await transaction.execute(retireTokensOfGrant(transaction.dialect, step.grantId))
        await insert(transaction, storedAs(successor, outcome.row))
        return outcome
      }),
  }
}

/** The successor with what the grant's row decides. */
function storedAs(successor: StoredSuccessor, row: GrantRow): StoredToken {
  const hasRefreshToken = successor.refreshTokenHash !== undefined
  return {
    ...successor,
    generation: row.generation,
    refreshIssuedAt: hasRefreshToken ? row.rotatedAt : undefined,
    refreshExpiresAt: hasRefreshToken ? row.expiresAt : undefined,
  }
}
