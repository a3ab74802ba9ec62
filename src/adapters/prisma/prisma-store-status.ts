import type { StoreStatus } from '../../stores/store-status.js'
import type { DatabaseSession } from './database-session.js'
import { Prisma } from './generated/sqlite/client.js'
import { readMigrationState } from './migrate.js'
import { integer, type SqlInteger } from './sql-integer.js'

/** A token is alive while either half of it is: the access token, or the refresh token beside it. */
const ALIVE_TOKENS = Prisma.sql`
  SELECT COUNT(*) AS ALIVE, MAX(LAST_EXPIRY) AS LAST_EXPIRY FROM (
    SELECT MAX(unixepoch(TIME_CREATED) + VALIDITY_PERIOD / 1000, unixepoch(REFRESH_TOKEN_TIME_CREATED) + REFRESH_TOKEN_VALIDITY_PERIOD / 1000) AS LAST_EXPIRY
    FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_STATE = 'ACTIVE')
  WHERE LAST_EXPIRY > unixepoch()`

export function createPrismaStoreStatus(session: DatabaseSession, migrationsFolder: string): StoreStatus {
  return {
    engine: 'sqlite',
    migrations: () =>
      session.run((database) =>
        readMigrationState({ provider: 'sqlite', rows: (sql) => database.$queryRawUnsafe<Record<string, unknown>[]>(sql) }, migrationsFolder),
      ),
    storedTokens: () =>
      session.run(async (database) => {
        type Alive = { readonly ALIVE: SqlInteger; readonly LAST_EXPIRY: SqlInteger | null }
        const [found] = await database.$queryRaw<[Alive]>(ALIVE_TOKENS)
        return [{ kind: 'opaque', alive: integer(found.ALIVE), lastExpiry: found.LAST_EXPIRY === null ? null : integer(found.LAST_EXPIRY) }]
      }),
  }
}
