import { randomBytes } from 'node:crypto'
import type { TokenId } from '../../../model/ids.js'
import type { Seconds } from '../../../model/time.js'
import type { StoredRefreshTokenName, StoredToken, TokenHash, TokenPlace } from '../../../stores/stored-token-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'
import { scopeFingerprint } from './stored-token-record.js'

const TOKENS = Prisma.sql`IDN_OAUTH2_ACCESS_TOKEN`
const AUDIT = Prisma.sql`IDN_OAUTH2_ACCESS_TOKEN_AUDIT`
const NO_SCOPES = Prisma.sql`NULL`

/** What every row of Jeton's says, of the tokens or of their audit. */
const selectFrom = (table: Prisma.Sql, scopes: Prisma.Sql, { toSeconds }: Dialect): Prisma.Sql => Prisma.sql`
  SELECT T.TOKEN_ID, T.ACCESS_TOKEN, T.REFRESH_TOKEN, T.ACCESS_TOKEN_HASH, T.REFRESH_TOKEN_HASH, C.CONSUMER_KEY, T.SUBJECT_IDENTIFIER, T.USER_TYPE,
    T.AUTHZ_USER, T.GRANT_TYPE, ${scopes} AS SCOPES, T.JETON_GRANTED_SCOPE, T.JETON_AUDIENCE, T.JETON_GRANTED_AUDIENCE,
    T.JETON_GRANT_ID, T.JETON_GRANT_TIME, T.JETON_GENERATION, ${toSeconds(Prisma.sql`T.TIME_CREATED`)} AS ISSUED, T.VALIDITY_PERIOD,
    ${toSeconds(Prisma.sql`T.REFRESH_TOKEN_TIME_CREATED`)} AS REFRESH_ISSUED, T.REFRESH_TOKEN_VALIDITY_PERIOD, T.TOKEN_STATE
  FROM ${table} T JOIN IDN_OAUTH_CONSUMER_APPS C ON C.ID = T.CONSUMER_KEY_ID`

function selectToken(dialect: Dialect): Prisma.Sql {
  const scopes = dialect.joined(Prisma.sql`S.TOKEN_SCOPE`)
  return selectFrom(TOKENS, Prisma.sql`(SELECT ${scopes} FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE S WHERE S.TOKEN_ID = T.TOKEN_ID)`, dialect)
}

export function findByAccessToken(dialect: Dialect, hash: TokenHash): Prisma.Sql {
  return Prisma.sql`${selectToken(dialect)} WHERE T.ACCESS_TOKEN_HASH = ${hash} AND T.JETON_GRANT_ID IS NOT NULL LIMIT 1`
}

/** The newest of those that were issued with one refresh token. */
export function findByRefreshToken(dialect: Dialect, { hash }: StoredRefreshTokenName): Prisma.Sql {
  return Prisma.sql`
    ${selectToken(dialect)} WHERE T.REFRESH_TOKEN_HASH = ${hash} AND T.JETON_GRANT_ID IS NOT NULL
    ORDER BY T.TIME_CREATED DESC, ${dialect.insertionOrder} DESC LIMIT 1`
}

/** All of one generation have had the same refresh token. */
export function findAudited(dialect: Dialect, { grantId, generation }: StoredRefreshTokenName): Prisma.Sql {
  return Prisma.sql`
    ${selectFrom(AUDIT, NO_SCOPES, dialect)}
    WHERE T.JETON_GRANT_ID = ${grantId} AND T.JETON_GENERATION = ${BigInt(generation)} AND T.REFRESH_TOKEN_HASH IS NOT NULL LIMIT 1`
}

export function findNewestOfGrant(dialect: Dialect, { grantId }: StoredRefreshTokenName): Prisma.Sql {
  return Prisma.sql`
    ${selectToken(dialect)} WHERE T.JETON_GRANT_ID = ${grantId} AND T.REFRESH_TOKEN_HASH IS NOT NULL
    ORDER BY T.JETON_GENERATION DESC, T.TIME_CREATED DESC, ${dialect.insertionOrder} DESC LIMIT 1`
}

/** Who has the one place of this token, as WSO2's unique key has it. A row of WSO2's may. */
const inPlaceOf = (token: StoredToken): Prisma.Sql => Prisma.sql`
  T.CONSUMER_KEY_ID = (SELECT ID FROM IDN_OAUTH_CONSUMER_APPS WHERE CONSUMER_KEY = ${token.clientId})
  AND T.AUTHZ_USER = ${token.username ?? token.subject} AND T.TENANT_ID = -1234 AND T.USER_DOMAIN = 'PRIMARY' AND T.USER_TYPE = ${token.authorizedType}
  AND T.TOKEN_SCOPE_HASH = ${scopeFingerprint(token.scopes)} AND T.TOKEN_STATE = 'ACTIVE' AND T.TOKEN_STATE_ID = 'NONE' AND T.IDP_ID = -1
  AND T.TOKEN_BINDING_REF = 'NONE'`

export interface PlaceRecord {
  readonly TOKEN_ID: string
  readonly JETON_GRANT_ID: string | null
  readonly REFRESH_TOKEN_HASH: string | null
  readonly REFRESH_ENDS: SqlInteger
}

export function findInPlaceOf({ toSeconds }: Dialect, token: StoredToken): Prisma.Sql {
  const refreshEnds = Prisma.sql`${toSeconds(Prisma.sql`T.REFRESH_TOKEN_TIME_CREATED`)} + T.REFRESH_TOKEN_VALIDITY_PERIOD / 1000`
  return Prisma.sql`
    SELECT T.TOKEN_ID, T.JETON_GRANT_ID, T.REFRESH_TOKEN_HASH, ${refreshEnds} AS REFRESH_ENDS FROM ${TOKENS} T WHERE ${inPlaceOf(token)}`
}

/** The same, with all that is known of it, where it is Jeton's. */
export function findReusable(dialect: Dialect, token: StoredToken): Prisma.Sql {
  return Prisma.sql`${selectToken(dialect)} WHERE ${inPlaceOf(token)} AND T.JETON_GRANT_ID IS NOT NULL`
}

export function findToken(dialect: Dialect, id: TokenId): Prisma.Sql {
  return Prisma.sql`${selectToken(dialect)} WHERE T.TOKEN_ID = ${id} AND T.JETON_GRANT_ID IS NOT NULL`
}

/** Changes one row, if there is such a client and, for the one place, if that is free. */
export function insertStoredToken(
  { toTimestamp, unlessTokenIsThere }: Dialect,
  token: StoredToken,
  { place, keepAfterExpiry }: { readonly place: TokenPlace; readonly keepAfterExpiry: Seconds },
): Prisma.Sql {
  const refreshIssuedAt = BigInt(token.refreshIssuedAt ?? token.issuedAt)
  const refreshLifetimeMs = token.refreshExpiresAt === undefined ? 0n : (BigInt(token.refreshExpiresAt) - refreshIssuedAt) * 1000n
  const purgeAfter = BigInt(Math.max(token.expiresAt, token.refreshExpiresAt ?? 0) + keepAfterExpiry)
  const bindingRef = place === 'only' ? 'NONE' : randomBytes(16).toString('hex')
  const [audience, grantedAudience] = [JSON.stringify(token.audience), JSON.stringify(token.grantedAudience)]
  return Prisma.sql`
    INSERT INTO ${TOKENS} (
      TOKEN_ID, ACCESS_TOKEN, ACCESS_TOKEN_HASH, REFRESH_TOKEN, REFRESH_TOKEN_HASH, CONSUMER_KEY_ID, AUTHZ_USER, TENANT_ID, USER_DOMAIN, USER_TYPE,
      GRANT_TYPE, TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_TIME_CREATED, REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_SCOPE_HASH, TOKEN_STATE,
      SUBJECT_IDENTIFIER, TOKEN_BINDING_REF, JETON_GRANT_ID, JETON_GENERATION, JETON_GRANT_TIME, JETON_AUDIENCE, JETON_GRANTED_AUDIENCE,
      JETON_GRANTED_SCOPE, PURGE_AFTER)
    SELECT
      ${token.tokenId}, ${accessTokenColumn(token)}, ${token.accessTokenHash}, ${refreshTokenColumn(token)}, ${token.refreshTokenHash ?? null}, ID,
      ${token.username ?? token.subject}, -1234, 'PRIMARY', ${token.authorizedType}, ${token.grantType}, ${toTimestamp(Prisma.sql`${BigInt(token.issuedAt)}`)},
      ${BigInt(token.expiresAt - token.issuedAt) * 1000n}, ${toTimestamp(Prisma.sql`${refreshIssuedAt}`)}, ${refreshLifetimeMs},
      ${scopeFingerprint(token.scopes)}, ${token.state}, ${token.subject}, ${bindingRef}, ${token.grantId}, ${BigInt(token.generation)},
      ${BigInt(token.grantedAt)}, ${audience}, ${grantedAudience === audience ? null : grantedAudience}, ${token.grantedScopes.join(' ')}, ${purgeAfter}
    FROM IDN_OAUTH_CONSUMER_APPS WHERE CONSUMER_KEY = ${token.clientId}
    ${place === 'only' ? unlessTokenIsThere : Prisma.empty}`
}

/** WSO2's: the value, or the id of a JWT in its place; a hash where it may not be read. */
function accessTokenColumn({ format, tokenId, accessTokenHash, inClear }: StoredToken): string {
  return format === 'jwt' ? tokenId : (inClear?.accessToken ?? accessTokenHash)
}

function refreshTokenColumn({ refreshTokenHash, inClear }: StoredToken): string | null {
  return inClear?.refreshToken ?? refreshTokenHash ?? null
}

export function insertScopes(token: Pick<StoredToken, 'tokenId' | 'scopes'>): Prisma.Sql {
  const rows = token.scopes.map((scope) => Prisma.sql`(${token.tokenId}, ${scope}, -1234)`)
  return Prisma.sql`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_SCOPE (TOKEN_ID, TOKEN_SCOPE, TENANT_ID) VALUES ${Prisma.join(rows)}`
}
