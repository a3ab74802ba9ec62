import { createHash, randomBytes } from 'node:crypto'
import type { AuthorizedType } from '../../../model/claims.js'
import { clientId, type GrantId, grantId, subject, tokenId } from '../../../model/ids.js'
import type { Scopes } from '../../../model/scope.js'
import type { Seconds } from '../../../model/time.js'
import type { StoredToken, StoredTokenState, TokenHash } from '../../../stores/stored-token-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import { instant, integer, type SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

export interface StoredTokenRecord {
  readonly TOKEN_ID: string
  readonly ACCESS_TOKEN_HASH: string
  readonly REFRESH_TOKEN_HASH: string | null
  readonly CONSUMER_KEY: string
  readonly SUBJECT_IDENTIFIER: string
  readonly USER_TYPE: AuthorizedType
  readonly AUTHZ_USER: string
  readonly GRANT_TYPE: string
  readonly SCOPES: string | null
  readonly JETON_GRANTED_SCOPE: string
  readonly JETON_AUDIENCE: string
  readonly JETON_GRANT_ID: string
  readonly JETON_GRANT_TIME: SqlInteger
  readonly JETON_GENERATION: SqlInteger
  readonly ISSUED: SqlInteger
  readonly VALIDITY_PERIOD: SqlInteger
  readonly REFRESH_ISSUED: SqlInteger
  readonly REFRESH_TOKEN_VALIDITY_PERIOD: SqlInteger
  readonly TOKEN_STATE: StoredTokenState
}

const selectToken = ({ joined, toSeconds }: Dialect): Prisma.Sql => Prisma.sql`
  SELECT T.TOKEN_ID, T.ACCESS_TOKEN_HASH, T.REFRESH_TOKEN_HASH, C.CONSUMER_KEY, T.SUBJECT_IDENTIFIER, T.USER_TYPE, T.AUTHZ_USER, T.GRANT_TYPE,
    (SELECT ${joined(Prisma.sql`S.TOKEN_SCOPE`)} FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE S WHERE S.TOKEN_ID = T.TOKEN_ID) AS SCOPES,
    T.JETON_GRANTED_SCOPE, T.JETON_AUDIENCE, T.JETON_GRANT_ID, T.JETON_GRANT_TIME, T.JETON_GENERATION,
    ${toSeconds(Prisma.sql`T.TIME_CREATED`)} AS ISSUED, T.VALIDITY_PERIOD,
    ${toSeconds(Prisma.sql`T.REFRESH_TOKEN_TIME_CREATED`)} AS REFRESH_ISSUED, T.REFRESH_TOKEN_VALIDITY_PERIOD, T.TOKEN_STATE
  FROM IDN_OAUTH2_ACCESS_TOKEN T JOIN IDN_OAUTH_CONSUMER_APPS C ON C.ID = T.CONSUMER_KEY_ID`

export function findByAccessToken(dialect: Dialect, hash: TokenHash): Prisma.Sql {
  return Prisma.sql`${selectToken(dialect)} WHERE T.ACCESS_TOKEN_HASH = ${hash} AND T.JETON_GRANT_ID IS NOT NULL LIMIT 1`
}

export function findByRefreshToken(dialect: Dialect, hash: TokenHash): Prisma.Sql {
  return Prisma.sql`
    ${selectToken(dialect)} WHERE T.REFRESH_TOKEN_HASH = ${hash} AND T.JETON_GRANT_ID IS NOT NULL
    ORDER BY T.TIME_CREATED DESC, ${dialect.insertionOrder} DESC LIMIT 1`
}

/**
 * Inserts nothing when there is no such client. The binding reference is random, as where WSO2 renews a token without
 * revoking the existing one: the unique key of the table allows one active row for a client, user and scopes otherwise.
 */
export function insertStoredToken({ toTimestamp }: Dialect, token: StoredToken, keepAfterExpiry: Seconds): Prisma.Sql {
  const refreshIssuedAt = BigInt(token.refreshIssuedAt ?? token.issuedAt)
  const refreshLifetimeMs = token.refreshExpiresAt === undefined ? 0n : (BigInt(token.refreshExpiresAt) - refreshIssuedAt) * 1000n
  const refreshHash = token.refreshTokenHash ?? null
  const purgeAfter = BigInt(Math.max(token.expiresAt, token.refreshExpiresAt ?? 0) + keepAfterExpiry)
  return Prisma.sql`
    INSERT INTO IDN_OAUTH2_ACCESS_TOKEN (
      TOKEN_ID, ACCESS_TOKEN, ACCESS_TOKEN_HASH, REFRESH_TOKEN, REFRESH_TOKEN_HASH, CONSUMER_KEY_ID, AUTHZ_USER, TENANT_ID, USER_DOMAIN, USER_TYPE,
      GRANT_TYPE, TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_TIME_CREATED, REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_SCOPE_HASH, TOKEN_STATE,
      SUBJECT_IDENTIFIER, TOKEN_BINDING_REF, JETON_GRANT_ID, JETON_GENERATION, JETON_GRANT_TIME, JETON_AUDIENCE, JETON_GRANTED_SCOPE, PURGE_AFTER)
    SELECT
      ${token.tokenId}, ${token.accessTokenHash}, ${token.accessTokenHash}, ${refreshHash}, ${refreshHash}, ID, ${token.username ?? token.subject},
      -1234, 'PRIMARY', ${token.authorizedType}, ${token.grantType}, ${toTimestamp(BigInt(token.issuedAt))},
      ${BigInt(token.expiresAt - token.issuedAt) * 1000n}, ${toTimestamp(refreshIssuedAt)}, ${refreshLifetimeMs},
      ${scopeFingerprint(token.scopes)}, ${token.state}, ${token.subject}, ${randomBytes(16).toString('hex')}, ${token.grantId}, ${BigInt(token.generation)},
      ${BigInt(token.grantedAt)}, ${JSON.stringify(token.audience)}, ${token.grantedScopes.join(' ')}, ${purgeAfter}
    FROM IDN_OAUTH_CONSUMER_APPS WHERE CONSUMER_KEY = ${token.clientId}`
}

export function insertScopes(token: Pick<StoredToken, 'tokenId' | 'scopes'>): Prisma.Sql {
  const rows = token.scopes.map((scope) => Prisma.sql`(${token.tokenId}, ${scope}, -1234)`)
  return Prisma.sql`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_SCOPE (TOKEN_ID, TOKEN_SCOPE, TENANT_ID) VALUES ${Prisma.join(rows)}`
}

/** What a refresh does to the tokens before it. */
export function retireTokensOfGrant({ newStateId }: Dialect, id: GrantId): Prisma.Sql {
  return Prisma.sql`
    UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'INACTIVE', TOKEN_STATE_ID = ${newStateId}
    WHERE JETON_GRANT_ID = ${id} AND TOKEN_STATE = 'ACTIVE'`
}

export function toStoredToken(record: StoredTokenRecord): StoredToken {
  const issuedAt = instant(record.ISSUED)
  const refreshIssuedAt = instant(record.REFRESH_ISSUED)
  const hasRefreshToken = record.REFRESH_TOKEN_HASH !== null
  const grantedScopes = words(record.JETON_GRANTED_SCOPE)
  return {
    tokenId: tokenId(record.TOKEN_ID),
    accessTokenHash: record.ACCESS_TOKEN_HASH as TokenHash,
    refreshTokenHash: (record.REFRESH_TOKEN_HASH ?? undefined) as TokenHash | undefined,
    clientId: clientId(record.CONSUMER_KEY),
    subject: subject(record.SUBJECT_IDENTIFIER),
    authorizedType: record.USER_TYPE,
    // Where no name was known the subject stands in its place.
    username: record.AUTHZ_USER === record.SUBJECT_IDENTIFIER ? undefined : record.AUTHZ_USER,
    grantType: record.GRANT_TYPE,
    scopes: inOrderOf(grantedScopes, words(record.SCOPES ?? '')),
    grantedScopes,
    audience: JSON.parse(record.JETON_AUDIENCE) as readonly string[],
    grantId: grantId(record.JETON_GRANT_ID),
    grantedAt: instant(record.JETON_GRANT_TIME),
    generation: integer(record.JETON_GENERATION),
    issuedAt,
    expiresAt: instant(issuedAt + integer(record.VALIDITY_PERIOD) / 1000),
    refreshIssuedAt: hasRefreshToken ? refreshIssuedAt : undefined,
    refreshExpiresAt: hasRefreshToken ? instant(refreshIssuedAt + integer(record.REFRESH_TOKEN_VALIDITY_PERIOD) / 1000) : undefined,
    state: record.TOKEN_STATE,
  }
}

/** WSO2's fingerprint of the sorted scopes; it takes part in a unique key and protects nothing. */
function scopeFingerprint(scopes: Scopes): string {
  return createHash('md5')
    .update([...scopes].sort().join(' '))
    .digest('hex')
}

/** Rows have no order of their own; the granted scopes keep theirs in one column. */
function inOrderOf(granted: Scopes, scopes: Scopes): Scopes {
  return [...granted.filter((scope) => scopes.includes(scope)), ...scopes.filter((scope) => !granted.includes(scope))]
}

function words(value: string): readonly string[] {
  return value === '' ? [] : value.split(' ')
}
