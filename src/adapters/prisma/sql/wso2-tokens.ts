import type { AuthorizedType } from '../../../model/claims.js'
import { clientId, subject, type TokenId, tokenId } from '../../../model/ids.js'
import { NEVER } from '../../../model/revocation-entry.js'
import { type EpochSeconds, epochSeconds, type Seconds } from '../../../model/time.js'
import type { AdoptedGrant, AdoptedToken } from '../../../stores/adopted-token-store.js'
import type { StoredTokenState } from '../../../stores/stored-token-store.js'
import { adoptedDigest, adoptedForms, parseAdoptedHash } from '../../../verification/adopted-hash.js'
import { Prisma } from '../generated/sqlite/client.js'
import { integer, type SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

export interface Wso2TokenRecord {
  readonly TOKEN_ID: string
  readonly ACCESS_TOKEN: string | null
  readonly REFRESH_TOKEN: string | null
  readonly ACCESS_TOKEN_HASH: string | null
  readonly REFRESH_TOKEN_HASH: string | null
  readonly CONSUMER_KEY: string
  readonly SUBJECT_IDENTIFIER: string | null
  readonly USER_TYPE: string | null
  readonly AUTHZ_USER: string | null
  readonly USER_DOMAIN: string | null
  readonly GRANT_TYPE: string | null
  readonly SCOPES: string | null
  readonly ISSUED: SqlInteger
  readonly VALIDITY_PERIOD: SqlInteger
  readonly REFRESH_ISSUED: SqlInteger
  readonly REFRESH_TOKEN_VALIDITY_PERIOD: SqlInteger
  readonly TOKEN_STATE: StoredTokenState
  readonly JETON_GRANT_ID: string | null
}

/** By which of the two values of a row, and in which columns it stands. */
export type Wso2TokenColumn = 'ACCESS_TOKEN' | 'REFRESH_TOKEN'

const COLUMNS = {
  ACCESS_TOKEN: { hash: Prisma.sql`T.ACCESS_TOKEN_HASH`, value: Prisma.sql`T.ACCESS_TOKEN` },
  REFRESH_TOKEN: { hash: Prisma.sql`T.REFRESH_TOKEN_HASH`, value: Prisma.sql`T.REFRESH_TOKEN` },
} as const

export interface Wso2TokenSearch {
  readonly column: Wso2TokenColumn
  readonly value: string
  /** Whether there are rows without the hash. */
  readonly withoutHash: boolean
  /** Whether rows of applications whose access tokens are JWTs, of which only the id is stored, are left out. */
  readonly opaqueOnly: boolean
}

/** At most one row, by WSO2's own indexes on the hashes. What may still be used comes first. */
export function findWso2Token({ joined, toSeconds }: Dialect, { column, value, withoutHash, opaqueOnly }: Wso2TokenSearch): Prisma.Sql {
  const { hash, value: plain } = COLUMNS[column]
  const isUnhashed = withoutHash ? Prisma.sql`OR (${hash} IS NULL AND ${plain} = ${value})` : Prisma.empty
  const isOpaque = opaqueOnly ? Prisma.sql`AND (C.JETON_ADOPTED_TYPE IS NULL OR C.JETON_ADOPTED_TYPE <> 'JWT')` : Prisma.empty
  return Prisma.sql`
    SELECT T.TOKEN_ID, T.ACCESS_TOKEN, T.REFRESH_TOKEN, T.ACCESS_TOKEN_HASH, T.REFRESH_TOKEN_HASH, C.CONSUMER_KEY, T.SUBJECT_IDENTIFIER, T.USER_TYPE,
      T.AUTHZ_USER, T.USER_DOMAIN, T.GRANT_TYPE,
      (SELECT ${joined(Prisma.sql`S.TOKEN_SCOPE`)} FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE S WHERE S.TOKEN_ID = T.TOKEN_ID) AS SCOPES,
      ${toSeconds(Prisma.sql`T.TIME_CREATED`)} AS ISSUED, T.VALIDITY_PERIOD,
      ${toSeconds(Prisma.sql`T.REFRESH_TOKEN_TIME_CREATED`)} AS REFRESH_ISSUED, T.REFRESH_TOKEN_VALIDITY_PERIOD, T.TOKEN_STATE, T.JETON_GRANT_ID
    FROM IDN_OAUTH2_ACCESS_TOKEN T JOIN IDN_OAUTH_CONSUMER_APPS C ON C.ID = T.CONSUMER_KEY_ID
    WHERE (${hash} IN (${Prisma.join(adoptedForms(value))}) ${isUnhashed}) ${isOpaque}
    ORDER BY CASE T.TOKEN_STATE WHEN 'ACTIVE' THEN 0 WHEN 'EXPIRED' THEN 1 ELSE 2 END, T.TIME_CREATED DESC LIMIT 1`
}

/** On MySQL a column compares in any case of letters: only the very value is the token. */
export function isVeryToken(record: Wso2TokenRecord, { column, value }: Pick<Wso2TokenSearch, 'column' | 'value'>): boolean {
  const hash = record[`${column}_HASH`]
  return hash === null ? record[column] === value : parseAdoptedHash(hash)?.hex === adoptedDigest(value, 'SHA-256')
}

/** Only in columns of Jeton's own. */
export function claimWso2Token(id: TokenId, { grantId, grantedAt, audience, scopes, expiresAt }: AdoptedGrant, keepAfterExpiry: Seconds): Prisma.Sql {
  return Prisma.sql`
    UPDATE IDN_OAUTH2_ACCESS_TOKEN SET
      JETON_GRANT_ID = ${grantId}, JETON_GENERATION = 0, JETON_GRANT_TIME = ${BigInt(grantedAt)}, JETON_AUDIENCE = ${JSON.stringify(audience)},
      JETON_GRANTED_SCOPE = ${scopes.join(' ')}, PURGE_AFTER = ${BigInt(expiresAt + keepAfterExpiry)}
    WHERE TOKEN_ID = ${id} AND JETON_GRANT_ID IS NULL`
}

export function toAdoptedToken(record: Wso2TokenRecord): AdoptedToken {
  const authorizedType: AuthorizedType = record.USER_TYPE === 'APPLICATION' ? 'APPLICATION' : 'APPLICATION_USER'
  const issuedAt = epochSeconds(integer(record.ISSUED))
  const refreshIssuedAt = epochSeconds(integer(record.REFRESH_ISSUED))
  return {
    tokenId: tokenId(record.TOKEN_ID),
    clientId: clientId(record.CONSUMER_KEY),
    subject: subject(record.SUBJECT_IDENTIFIER ?? record.AUTHZ_USER ?? record.CONSUMER_KEY),
    authorizedType,
    username: authorizedType === 'APPLICATION' ? undefined : usernameOf(record),
    grantType: record.GRANT_TYPE ?? undefined,
    scopes: record.SCOPES === null ? [] : record.SCOPES.split(' '),
    issuedAt,
    expiresAt: endOf(issuedAt, record.VALIDITY_PERIOD),
    refreshIssuedAt,
    refreshExpiresAt: endOf(refreshIssuedAt, record.REFRESH_TOKEN_VALIDITY_PERIOD),
    refreshTokenDigest: refreshTokenDigest(record),
    state: record.TOKEN_STATE,
    isClaimed: record.JETON_GRANT_ID !== null,
  }
}

/** A user of another user store than the first one is named with it. */
function usernameOf({ AUTHZ_USER: name, USER_DOMAIN: domain }: Wso2TokenRecord): string | undefined {
  if (name === null || domain === null || domain === 'PRIMARY' || domain === 'FEDERATED') return name ?? undefined
  return `${domain}/${name}`
}

/** A lifetime below 0, or beyond all reason, never ends. */
function endOf(issuedAt: EpochSeconds, lifetimeMs: SqlInteger): EpochSeconds {
  const lifetime = Math.floor(Number(lifetimeMs) / 1000)
  return lifetime < 0 || issuedAt + lifetime > NEVER ? NEVER : epochSeconds(issuedAt + lifetime)
}

function refreshTokenDigest({ REFRESH_TOKEN, REFRESH_TOKEN_HASH }: Wso2TokenRecord): string | undefined {
  if (REFRESH_TOKEN_HASH !== null) return parseAdoptedHash(REFRESH_TOKEN_HASH)?.hex
  return REFRESH_TOKEN === null ? undefined : adoptedDigest(REFRESH_TOKEN, 'SHA-256')
}
