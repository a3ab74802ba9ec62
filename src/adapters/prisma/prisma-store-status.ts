import { NEVER } from '../../model/revocation-entry.js'
import type { AliveTokens, StoreStatus } from '../../stores/store-status.js'
import type { StoredTokenFormat } from '../../stores/stored-token-store.js'
import type { DatabaseSession, Runner } from './database-session.js'
import { firstRow } from './first-row.js'
import { Prisma } from './generated/sqlite/client.js'
import { readMigrationState } from './migrate.js'
import type { Dialect } from './sql/dialect.js'
import { deadTokens } from './sql/leaving-tokens.js'
import { integer, type SqlInteger } from './sql-integer.js'

/**
 * A token is alive while either half of it is: the access token, or the refresh token beside it. `some` is what to examine: both
 * parts are found by the index of PURGE_AFTER, so that the size of the table does not matter.
 */
function examineTokens(dialect: Dialect, some: Prisma.Sql): Prisma.Sql {
  const { now, greatest, integer: int } = dialect
  const accessEnd = endOf(dialect, { issued: Prisma.sql`TIME_CREATED`, lifetime: Prisma.sql`VALIDITY_PERIOD` })
  const ofRefresh = endOf(dialect, { issued: Prisma.sql`REFRESH_TOKEN_TIME_CREATED`, lifetime: Prisma.sql`REFRESH_TOKEN_VALIDITY_PERIOD` })
  const refreshEnd = Prisma.sql`CASE WHEN REFRESH_TOKEN IS NULL THEN ${int(0n)} ELSE ${ofRefresh} END`
  const isAlive = Prisma.sql`TOKEN_STATE = 'ACTIVE' AND LAST_EXPIRY > ${now}`
  return Prisma.sql`
    SELECT KIND, COUNT(*) AS EXAMINED, COUNT(CASE WHEN ${isAlive} THEN 1 END) AS ALIVE, MAX(CASE WHEN ${isAlive} THEN LAST_EXPIRY END) AS LAST_EXPIRY
    FROM (SELECT CASE WHEN ACCESS_TOKEN = TOKEN_ID THEN 'jwt' ELSE 'opaque' END AS KIND, TOKEN_STATE, ${greatest(accessEnd, refreshEnd)} AS LAST_EXPIRY
      FROM (SELECT TOKEN_ID, ACCESS_TOKEN, REFRESH_TOKEN, TOKEN_STATE, TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_TIME_CREATED, REFRESH_TOKEN_VALIDITY_PERIOD
        FROM IDN_OAUTH2_ACCESS_TOKEN WHERE ${some}) SOME_TOKENS) EXAMINED_TOKENS
    GROUP BY KIND`
}

/** In seconds. WSO2 writes a lifetime below 0, or the longest that there is, where a token never expires. */
function endOf(
  { toSeconds, integer: int }: Dialect,
  { issued, lifetime }: { readonly issued: Prisma.Sql; readonly lifetime: Prisma.Sql },
): Prisma.Sql {
  const never = int(BigInt(NEVER))
  return Prisma.sql`CASE WHEN ${lifetime} BETWEEN 0 AND ${int(BigInt(NEVER) * 1000n)} THEN ${toSeconds(issued)} + ${lifetime} / 1000 ELSE ${never} END`
}

interface Examined {
  readonly KIND: StoredTokenFormat
  readonly EXAMINED: SqlInteger
  readonly ALIVE: SqlInteger
  readonly LAST_EXPIRY: SqlInteger | null
}

async function examine(database: Runner, most: number): Promise<readonly AliveTokens[]> {
  const { dialect } = database
  // One more than may be counted, to know whether there are more.
  const limit = BigInt(most + 1)
  const own = await database.rows<Examined>(examineTokens(dialect, Prisma.sql`PURGE_AFTER > ${dialect.now} ORDER BY PURGE_AFTER DESC LIMIT ${limit}`))
  const foreign = await database.rows<Examined>(examineTokens(dialect, Prisma.sql`PURGE_AFTER IS NULL LIMIT ${limit}`))
  const isCut = [own, foreign].some((part) => sum(part.map(({ EXAMINED }) => EXAMINED)) > most)
  return (['opaque', 'jwt'] as const).map((kind) => {
    const found = [...own, ...foreign].filter(({ KIND }) => KIND === kind)
    const ends = found.flatMap(({ LAST_EXPIRY }) => (LAST_EXPIRY === null ? [] : [Math.floor(integer(LAST_EXPIRY))]))
    const alive = { kind, alive: sum(found.map(({ ALIVE }) => ALIVE)), lastExpiry: ends.length === 0 ? null : Math.max(...ends) }
    return isCut ? { ...alive, atLeast: true } : alive
  })
}

/** No index tells the dead from the living, so only those are looked at that go first. */
function countDead(most: bigint): Prisma.Sql {
  const first = Prisma.sql`
    SELECT T.TOKEN_STATE, T.JETON_GRANT_ID FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.PURGE_AFTER IS NOT NULL ORDER BY T.PURGE_AFTER LIMIT ${most}`
  return Prisma.sql`SELECT COUNT(*) AS FOUND FROM (${first}) T WHERE ${deadTokens}`
}

const sum = (numbers: readonly SqlInteger[]): number => numbers.reduce<number>((total, one) => total + integer(one), 0)

export function createPrismaStoreStatus(session: DatabaseSession, migrationsFolder: string, engine: Dialect['name']): StoreStatus {
  return {
    engine,
    migrations: () => session.run(({ rowsAsNamed }) => readMigrationState({ engine, rows: rowsAsNamed }, migrationsFolder)),
    storedTokens: (mostExamined) => session.run((database) => examine(database, mostExamined)),
    deadTokens: (mostExamined) =>
      session.run(async (database) => {
        const { FOUND } = firstRow(await database.rows<{ readonly FOUND: SqlInteger }>(countDead(BigInt(mostExamined))))
        return integer(FOUND)
      }),
    replicationLag: () =>
      session.run(async ({ dialect, rows }) => {
        if (dialect.replicationLag === undefined) return undefined
        return firstRow(await rows<{ readonly LAG_SECONDS: number | null }>(dialect.replicationLag)).LAG_SECONDS ?? undefined
      }),
    commits: () =>
      session.run(async ({ dialect, rows }) => {
        if (dialect.commits === undefined) return undefined
        return Number(Object.values(firstRow(await rows<object>(dialect.commits))).at(-1))
      }),
  }
}
