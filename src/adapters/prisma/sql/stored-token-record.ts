import { createHash } from 'node:crypto'
import type { AuthorizedType } from '../../../model/claims.js'
import { clientId, grantId, subject, tokenId } from '../../../model/ids.js'
import { NEVER } from '../../../model/revocation-entry.js'
import type { Scopes } from '../../../model/scope.js'
import { type EpochSeconds, epochSeconds } from '../../../model/time.js'
import type { PairInClear, StoredToken, StoredTokenState, TokenHash } from '../../../stores/stored-token-store.js'
import { instant, integer, type SqlInteger } from '../sql-integer.js'

/** A row of the tokens or of their audit. */
export interface StoredTokenRecord {
  readonly TOKEN_ID: string
  readonly ACCESS_TOKEN: string
  readonly REFRESH_TOKEN: string | null
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
  readonly JETON_GRANTED_AUDIENCE: string | null
  readonly JETON_GRANT_ID: string
  readonly JETON_GRANT_TIME: SqlInteger
  readonly JETON_GENERATION: SqlInteger
  readonly ISSUED: SqlInteger
  readonly VALIDITY_PERIOD: SqlInteger
  readonly REFRESH_ISSUED: SqlInteger
  readonly REFRESH_TOKEN_VALIDITY_PERIOD: SqlInteger
  readonly TOKEN_STATE: StoredTokenState
}

export function toStoredToken(record: StoredTokenRecord): StoredToken {
  const grantedScopes = words(record.JETON_GRANTED_SCOPE)
  return {
    tokenId: tokenId(record.TOKEN_ID),
    format: record.ACCESS_TOKEN === record.TOKEN_ID ? 'jwt' : 'opaque',
    accessTokenHash: record.ACCESS_TOKEN_HASH as TokenHash,
    refreshTokenHash: (record.REFRESH_TOKEN_HASH ?? undefined) as TokenHash | undefined,
    inClear: pairInClear(record),
    clientId: clientId(record.CONSUMER_KEY),
    subject: subject(record.SUBJECT_IDENTIFIER),
    authorizedType: record.USER_TYPE,
    // Where no name was known the subject stands in its place.
    username: record.AUTHZ_USER === record.SUBJECT_IDENTIFIER ? undefined : record.AUTHZ_USER,
    grantType: record.GRANT_TYPE,
    scopes: inOrderOf(grantedScopes, words(record.SCOPES ?? '')),
    grantedScopes,
    audience: JSON.parse(record.JETON_AUDIENCE) as readonly string[],
    grantedAudience: JSON.parse(record.JETON_GRANTED_AUDIENCE ?? record.JETON_AUDIENCE) as readonly string[],
    grantId: grantId(record.JETON_GRANT_ID),
    grantedAt: instant(record.JETON_GRANT_TIME),
    generation: integer(record.JETON_GENERATION),
    ...timesOf(record),
    state: record.TOKEN_STATE,
  }
}

type Times = Pick<StoredToken, 'issuedAt' | 'expiresAt' | 'refreshIssuedAt' | 'refreshExpiresAt'>

function timesOf(record: StoredTokenRecord): Times {
  const [issuedAt, refreshIssuedAt] = [instant(record.ISSUED), instant(record.REFRESH_ISSUED)]
  const hasRefreshToken = record.REFRESH_TOKEN_HASH !== null
  return {
    issuedAt,
    expiresAt: endOf(issuedAt, record.VALIDITY_PERIOD),
    refreshIssuedAt: hasRefreshToken ? refreshIssuedAt : undefined,
    refreshExpiresAt: hasRefreshToken ? endOf(refreshIssuedAt, record.REFRESH_TOKEN_VALIDITY_PERIOD) : undefined,
  }
}

/** What was taken over from WSO2 may have lifetimes beyond all reason, or below 0, which never end. */
function endOf(issuedAt: EpochSeconds, lifetimeMs: SqlInteger): EpochSeconds {
  const end = issuedAt + Math.floor(integer(lifetimeMs) / 1000)
  return end < issuedAt || end > NEVER ? NEVER : epochSeconds(end)
}

/** Where only hashes are stored they stand in both columns; of a JWT its id stands there. */
function pairInClear({ TOKEN_ID, ACCESS_TOKEN, ACCESS_TOKEN_HASH, REFRESH_TOKEN }: StoredTokenRecord): PairInClear | undefined {
  if (ACCESS_TOKEN === ACCESS_TOKEN_HASH || ACCESS_TOKEN === TOKEN_ID) return undefined
  return { accessToken: ACCESS_TOKEN, refreshToken: REFRESH_TOKEN ?? undefined }
}

/** WSO2's fingerprint of the sorted scopes; it takes part in a unique key and protects nothing. */
export function scopeFingerprint(scopes: Scopes): string {
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
