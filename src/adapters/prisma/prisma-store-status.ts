import type { StoreStatus } from '../../stores/store-status.js'
import type { StoredTokenFormat } from '../../stores/stored-token-store.js'
import type { DatabaseSession } from './database-session.js'
import { firstRow } from './first-row.js'
import { Prisma } from './generated/sqlite/client.js'
import { readMigrationState } from './migrate.js'
import type { Dialect } from './sql/dialect.js'
import { deadTokens } from './sql/leaving-tokens.js'
import { integer, type SqlInteger } from './sql-integer.js'

/** WSO2's lifetimes below 0, or beyond this, never end: some 3000 years, in milliseconds. A sum with them would not fit. */
const NEVER_MS = 99_999_999_999_990n

const finite = (lifetime: Prisma.Sql): Prisma.Sql => Prisma.sql`CASE WHEN ${lifetime} BETWEEN 0 AND ${NEVER_MS} THEN ${lifetime} ELSE ${NEVER_MS} END`

/** A token is alive while either half of it is: the access token, or the refresh token beside it. */
function aliveTokens({ now, greatest, toSeconds }: Dialect): Prisma.Sql {
  const accessEnd = Prisma.sql`${toSeconds(Prisma.sql`TIME_CREATED`)} * 1000 + ${finite(Prisma.sql`VALIDITY_PERIOD`)}`
  const refreshEnd = Prisma.sql`${toSeconds(Prisma.sql`REFRESH_TOKEN_TIME_CREATED`)} * 1000 + ${finite(Prisma.sql`REFRESH_TOKEN_VALIDITY_PERIOD`)}`
  return Prisma.sql`
    SELECT KIND, COUNT(*) AS ALIVE, MAX(LAST_EXPIRY_MS) AS LAST_EXPIRY_MS FROM (
      SELECT CASE WHEN ACCESS_TOKEN = TOKEN_ID THEN 'jwt' ELSE 'opaque' END AS KIND, ${greatest(accessEnd, refreshEnd)} AS LAST_EXPIRY_MS
      FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_STATE = 'ACTIVE') ACTIVE_TOKENS
    WHERE LAST_EXPIRY_MS > ${now} * 1000 GROUP BY KIND`
}

interface Alive {
  readonly KIND: StoredTokenFormat
  readonly ALIVE: SqlInteger
  readonly LAST_EXPIRY_MS: SqlInteger
}

function aliveOf(kind: StoredTokenFormat, found: readonly Alive[]) {
  const alive = found.find(({ KIND }) => KIND === kind)
  if (alive === undefined) return { kind, alive: 0, lastExpiry: null }
  return { kind, alive: integer(alive.ALIVE), lastExpiry: Math.floor(integer(alive.LAST_EXPIRY_MS) / 1000) }
}

export function createPrismaStoreStatus(session: DatabaseSession, migrationsFolder: string, engine: Dialect['name']): StoreStatus {
  return {
    engine,
    migrations: () =>
      session.run(({ models }) =>
        readMigrationState({ engine, rows: (sql) => models.$queryRawUnsafe<Record<string, unknown>[]>(sql) }, migrationsFolder),
      ),
    storedTokens: () =>
      session.run(async (database) => {
        const found = await database.rows<Alive>(aliveTokens(database.dialect))
        return [aliveOf('opaque', found), aliveOf('jwt', found)]
      }),
    deadTokens: (atMost) =>
      session.run(async (database) => {
        const dead = Prisma.sql`SELECT T.TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE ${deadTokens} LIMIT ${BigInt(atMost)}`
        return integer(firstRow(await database.rows<{ FOUND: SqlInteger }>(Prisma.sql`SELECT COUNT(*) AS FOUND FROM (${dead}) DEAD_TOKENS`)).FOUND)
      }),
  }
}
