import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from '../sql/dialect.js'
import type { SqlInteger } from '../sql-integer.js'

/** What lives longer counts as never ending, in seconds: ten years. */
const LONGEST = 315_360_000n

export interface LifetimeRow {
  readonly ACCESS: SqlInteger | null
  readonly REFRESH: SqlInteger | null
}

/** In whole seconds. Applications say theirs in seconds, stored tokens in milliseconds. */
export function longestLifetimes({ greatest }: Dialect): Prisma.Sql {
  const finite = (column: Prisma.Sql, longest: bigint) => Prisma.sql`CASE WHEN ${column} BETWEEN 0 AND ${longest} THEN ${column} ELSE 0 END`
  const ofApps = (column: Prisma.Sql) => Prisma.sql`COALESCE((SELECT MAX(${finite(column, LONGEST)}) FROM IDN_OAUTH_CONSUMER_APPS), 0)`
  const ofTokens = (column: Prisma.Sql) =>
    Prisma.sql`COALESCE((SELECT CAST(FLOOR(MAX(${finite(column, LONGEST * 1000n)}) / 1000) AS DECIMAL(18, 0)) FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_STATE = 'ACTIVE'), 0)`
  const access = greatest(ofApps(Prisma.sql`USER_ACCESS_TOKEN_EXPIRE_TIME`), ofApps(Prisma.sql`APP_ACCESS_TOKEN_EXPIRE_TIME`))
  return Prisma.sql`
    SELECT ${greatest(access, ofTokens(Prisma.sql`VALIDITY_PERIOD`))} AS ACCESS,
      ${greatest(ofApps(Prisma.sql`REFRESH_TOKEN_EXPIRE_TIME`), ofTokens(Prisma.sql`REFRESH_TOKEN_VALIDITY_PERIOD`))} AS REFRESH`
}

/** Where WSO2 says which kind of token an application has: Identity Server by a property of it, API Manager by the application it belongs to. */
export type TokenTypeSource = 'oidc property' | 'api-m application'

export function tokenTypesFrom(source: TokenTypeSource): Prisma.Sql {
  const types =
    source === 'oidc property'
      ? Prisma.sql`SELECT MAX(P.PROPERTY_VALUE) AS TOKEN_TYPE FROM IDN_OIDC_PROPERTY P
          WHERE P.PROPERTY_KEY = 'tokenType' AND P.CONSUMER_KEY = IDN_OAUTH_CONSUMER_APPS.CONSUMER_KEY`
      : Prisma.sql`SELECT MAX(A.TOKEN_TYPE) AS TOKEN_TYPE FROM AM_APPLICATION A JOIN AM_APPLICATION_KEY_MAPPING M ON M.APPLICATION_ID = A.APPLICATION_ID
          WHERE M.CONSUMER_KEY = IDN_OAUTH_CONSUMER_APPS.CONSUMER_KEY`
  return Prisma.sql`
    UPDATE IDN_OAUTH_CONSUMER_APPS SET
      JETON_ADOPTED_TYPE = CASE WHEN (${types}) = 'JWT' THEN 'JWT' ELSE 'OAUTH' END, JETON_TOKEN_TYPE = CASE WHEN (${types}) = 'JWT' THEN 'JWT' ELSE 'OAUTH' END
    WHERE JETON_TOKEN_TYPE IS NULL AND (${types}) IS NOT NULL`
}

/** A page of what WSO2 has revoked. PLACE is the primary key, by which the pages follow each other. */
export interface RevokedRecord {
  readonly PLACE: string
  readonly ID: string
  /** Of a subject event: whose. */
  readonly ENTITY_TYPE: string | null
  /** Seconds since 1970: when the token expires, or when the event was. */
  readonly INSTANT: SqlInteger
}

export type RevocationSource =
  | 'IDN_INVALID_TOKENS'
  | 'IDN_OAUTH2_REVOKED_TOKENS'
  | 'AM_REVOKED_JWT'
  | 'IDN_APP_REVOKED_EVENT'
  | 'IDN_SUBJECT_ENTITY_REVOKED_EVENT'

const NOT_IN_LOG = Prisma.sql`NOT EXISTS (SELECT 1 FROM JETON_REVOCATION R WHERE R.KIND = 'token' AND R.ID = S.ID)`

/** Which rows: those behind `after`. */
export interface PageOf {
  readonly after: string
  readonly limit: bigint
  readonly keepAfterExpiry: bigint
}

/** Tokens that are alive and not in the log; events that a living token may have been hit by. */
export function revokedPage(dialect: Dialect, source: RevocationSource, { after, limit, keepAfterExpiry }: PageOf): Prisma.Sql {
  const { now, greatest, integer } = dialect
  const longest = Prisma.sql`(SELECT ${greatest(Prisma.sql`LONGEST_ACCESS`, Prisma.sql`LONGEST_REFRESH`)} FROM JETON_HEAD WHERE ID = 1)`
  const matters = isOfTokens(source)
    ? Prisma.sql`S.INSTANT > ${now} AND ${NOT_IN_LOG}`
    : Prisma.sql`S.INSTANT > ${now} - ${longest} - ${integer(keepAfterExpiry)}`
  return Prisma.sql`
    SELECT S.PLACE, S.ID, S.ENTITY_TYPE, S.INSTANT FROM (${rowsOf(source, dialect)}) S
    WHERE S.PLACE > ${after} AND ${matters}
    ORDER BY S.PLACE LIMIT ${limit}`
}

export const isOfTokens = (source: RevocationSource): boolean => !source.endsWith('_EVENT')

function rowsOf(source: RevocationSource, { toSeconds }: Dialect): Prisma.Sql {
  // A time between two seconds belongs to the first: WSO2 compares with `iat`, which has whole seconds.
  const seconds = (column: Prisma.Sql) => Prisma.sql`CAST(FLOOR(${toSeconds(column)}) AS DECIMAL(18, 0))`
  switch (source) {
    case 'IDN_INVALID_TOKENS':
      return Prisma.sql`SELECT UUID AS PLACE, TOKEN_IDENTIFIER AS ID, NULL AS ENTITY_TYPE, ${seconds(Prisma.sql`EXPIRY_TIMESTAMP`)} AS INSTANT FROM IDN_INVALID_TOKENS`
    case 'IDN_OAUTH2_REVOKED_TOKENS':
      return Prisma.sql`SELECT UUID AS PLACE, TOKEN_IDENTIFIER AS ID, NULL AS ENTITY_TYPE, ${seconds(Prisma.sql`EXPIRY_TIMESTAMP`)} AS INSTANT FROM IDN_OAUTH2_REVOKED_TOKENS`
    case 'AM_REVOKED_JWT':
      return Prisma.sql`SELECT UUID AS PLACE, SIGNATURE AS ID, NULL AS ENTITY_TYPE, CAST(FLOOR(EXPIRY_TIMESTAMP / 1000) AS DECIMAL(18, 0)) AS INSTANT FROM AM_REVOKED_JWT`
    case 'IDN_APP_REVOKED_EVENT':
      return Prisma.sql`SELECT EVENT_ID AS PLACE, CONSUMER_KEY AS ID, NULL AS ENTITY_TYPE, ${seconds(Prisma.sql`TIME_REVOKED`)} AS INSTANT FROM IDN_APP_REVOKED_EVENT`
    case 'IDN_SUBJECT_ENTITY_REVOKED_EVENT':
      return Prisma.sql`SELECT EVENT_ID AS PLACE, ENTITY_ID AS ID, ENTITY_TYPE, ${seconds(Prisma.sql`TIME_REVOKED`)} AS INSTANT FROM IDN_SUBJECT_ENTITY_REVOKED_EVENT`
  }
}

/** Says when the import was done. */
export function finishAdoption({ now }: Dialect): Prisma.Sql {
  return Prisma.sql`UPDATE JETON_ADOPTION SET FINISHED_AT = ${now} WHERE ID = 1`
}

/** Clients that may not authenticate, and whose entry is not in the log: what was issued to them is refused while that is so. */
export function shutClients(after: string, limit: bigint): Prisma.Sql {
  return Prisma.sql`
    SELECT C.CONSUMER_KEY AS PLACE, C.CONSUMER_KEY AS ID, NULL AS ENTITY_TYPE, 0 AS INSTANT FROM IDN_OAUTH_CONSUMER_APPS C
    WHERE C.CONSUMER_KEY > ${after} AND (C.APP_STATE IS NULL OR C.APP_STATE <> 'ACTIVE')
      AND NOT EXISTS (SELECT 1 FROM JETON_REVOCATION R WHERE R.KIND = 'client' AND R.ID = C.CONSUMER_KEY AND R.CUTOFF IS NULL)
    ORDER BY C.CONSUMER_KEY LIMIT ${limit}`
}
