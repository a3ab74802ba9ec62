import { type Seconds, seconds } from '../../../model/time.js'
import type { AdoptionStore } from '../../../stores/adoption-store.js'
import type { Stores } from '../../../stores/stores.js'
import type { RevocationLimits } from '../append-revocations.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { countChange } from '../sql/head.js'
import { integer, type SqlInteger } from '../sql-integer.js'
import { hasTable } from './has-table.js'
import { importRevocations } from './import-revocations.js'
import { createPrismaAdoptedTokenStore } from './prisma-adopted-token-store.js'
import { finishAdoption, type LifetimeRow, longestLifetimes, type TokenTypeSource, tokenTypesFrom } from './wso2-statements.js'

/** Tokens that lie there without their hash are looked for once it is known that there are any. */
export function createPrismaAdoption(session: DatabaseSession, limits: RevocationLimits): Pick<Stores, 'adoption' | 'adoptedTokens'> {
  let hasUnhashedTokens = false
  const find: AdoptionStore['find'] = () =>
    session.run(async ({ models }) => {
      const row = await models.adoption.findUnique({ where: { id: 1 } })
      hasUnhashedTokens = row?.unhashed === 1
      return row === null ? undefined : { isFinished: row.finishedAt !== null }
    })
  return {
    adoption: { find, ...createTakingOver(session, limits) },
    adoptedTokens: createPrismaAdoptedTokenStore(session, limits.keepAfterExpiry, () => hasUnhashedTokens),
  }
}

function createTakingOver(session: DatabaseSession, limits: RevocationLimits): Omit<AdoptionStore, 'find'> {
  return {
    longestLifetimes: () =>
      session.run(async (database) => {
        const { ACCESS, REFRESH } = firstRow(await database.rows<LifetimeRow>(longestLifetimes(database.dialect)))
        return { access: lengthOf(ACCESS), refresh: lengthOf(REFRESH) }
      }),
    takeTokenTypes: () =>
      session.run(async (database) => {
        let taken = 0
        for (const source of ['oidc property', 'api-m application'] as const) taken += await takeTokenTypes(database, source)
        if (taken > 0) await database.execute(countChange('clients'))
        return taken
      }),
    importRevocations: () => importRevocations(session, limits),
    finish: () =>
      session.run(async (database) => {
        await database.execute(finishAdoption(database.dialect))
      }),
  }
}

const lengthOf = (value: SqlInteger | null): Seconds => seconds(integer(value ?? 0))

const TABLES: Readonly<Record<TokenTypeSource, readonly string[]>> = {
  'oidc property': ['IDN_OIDC_PROPERTY'],
  'api-m application': ['AM_APPLICATION', 'AM_APPLICATION_KEY_MAPPING'],
}

async function takeTokenTypes(database: Runner, source: TokenTypeSource): Promise<number> {
  for (const table of TABLES[source]) if (!(await hasTable(database, table))) return 0
  return database.execute(tokenTypesFrom(source))
}
