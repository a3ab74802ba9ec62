import type { GrantRow } from '../../model/grant.js'
import type { StoredRefreshTokenName, StoredSuccessor, StoredToken, StoredTokenStore } from '../../stores/stored-token-store.js'
import type { RevocationLimits } from './append-revocations.js'
import type { DatabaseSession, Runner } from './database-session.js'
import type { Prisma } from './generated/sqlite/client.js'
import { insertSomewhere, issueInPlace } from './issue-stored-token.js'
import { leaveOfGrants } from './leave-active.js'
import type { Dialect } from './sql/dialect.js'
import { type StoredTokenRecord, toStoredToken } from './sql/stored-token-record.js'
import { findAudited, findByAccessToken, findByRefreshToken, findNewestOfGrant, findReusable } from './sql/stored-tokens.js'
import { takeGrantStep } from './take-grant-step.js'

export function createPrismaStoredTokenStore(session: DatabaseSession, limits: RevocationLimits): StoredTokenStore {
  const { cleanup, keepAfterExpiry } = limits
  return {
    issue: async (token, rule) => {
      if (rule.kind === 'reuse') {
        // Most often it is there, and one statement is enough.
        const existing = await session.run((database) => findOne(database, (dialect) => findReusable(dialect, token)))
        if (existing !== undefined && existing.tokenId !== rule.except) return { kind: 'existing', token: existing }
      }
      return session.transaction(async (transaction) => {
        if (rule.kind === 'replace' || rule.kind === 'reuse') return issueInPlace(transaction, token, { rule, limits })
        if (rule.kind === 'renew') await leaveOfGrants(transaction, [token.grantId], { state: 'INACTIVE', cleanup, staysKnown: false })
        await insertSomewhere(transaction, token, { place: rule.kind === 'renew' ? 'only' : 'beside', keepAfterExpiry })
        return { kind: 'issued', entries: [] }
      })
    },
    findByAccessToken: (hash) => session.run((database) => findOne(database, (dialect) => findByAccessToken(dialect, hash))),
    findByRefreshToken: (name) => session.run((database) => findRefreshToken(database, name)),
    replace: (step, successor, place) =>
      session.transaction(async (transaction) => {
        const outcome = await takeGrantStep(transaction, step)
        if (outcome.standing !== 'current' && outcome.standing !== 'grace') return outcome
        if (outcome.standing === 'current')
          await leaveOfGrants(transaction, [step.grantId], { state: 'INACTIVE', cleanup, staysKnown: successor === undefined })
        if (successor !== undefined) await insertSomewhere(transaction, storedAs(successor, outcome.row), { place, keepAfterExpiry })
        return outcome
      }),
  }
}

async function findOne(database: Runner, query: (dialect: Dialect) => Prisma.Sql): Promise<StoredToken | undefined> {
  const [record] = await database.rows<StoredTokenRecord>(query(database.dialect))
  return record && toStoredToken(record)
}

async function findRefreshToken(database: Runner, name: StoredRefreshTokenName): Promise<StoredToken | undefined> {
  for (const query of [findByRefreshToken, findAudited, findNewestOfGrant]) {
    const found = await findOne(database, (dialect) => query(dialect, name))
    if (found !== undefined) return found
  }
  return undefined
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
