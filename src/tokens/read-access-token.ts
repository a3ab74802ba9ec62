import type { AccessTokenClaims, RevocableToken } from '../model/claims.js'
import type { Clock } from '../model/time.js'
import type { StoredToken, StoredTokenStore, TokenHash } from '../stores/stored-token-store.js'
import type { Verdict } from '../verification/verify-access-token.js'

/** A good access token of this server, whatever its form. */
export interface ReadAccessToken {
  readonly claims: AccessTokenClaims
  /** The user's name, where a row tells it. */
  readonly username: string | undefined
}

export interface AccessTokenReading {
  readonly verifyJwt: (token: string) => Promise<Verdict>
  readonly storedTokens: Pick<StoredTokenStore, 'findByAccessToken'>
  /** @throws StoreUnavailable when revocations cannot be judged now. */
  readonly isRevoked: (token: RevocableToken) => boolean
  readonly isOpaque: (value: string) => boolean
  readonly hash: (value: string) => TokenHash
  readonly issuer: string
  readonly clock: Clock
}

/** @returns undefined for whatever is not good: forged, foreign, expired, revoked. @throws StoreUnavailable */
export type FindAccessToken = (value: string) => Promise<ReadAccessToken | undefined>

/** Reads all kinds of access token, each in its own way: one that is not stored costs no look-up, every other one costs one. */
export function createAccessTokenReader(reading: AccessTokenReading): FindAccessToken {
  const { verifyJwt, storedTokens, isRevoked, isOpaque, hash, issuer, clock } = reading

  async function readJwt(value: string): Promise<ReadAccessToken | undefined> {
    const verdict = await verifyJwt(value)
    if (!verdict.accepted) return undefined
    const { claims } = verdict
    if (!claims.isStored) return { claims, username: undefined }
    const stored = await storedTokens.findByAccessToken(hash(claims.tokenId))
    return stored?.state === 'ACTIVE' ? { claims, username: stored.username } : undefined
  }

  async function readOpaque(value: string): Promise<ReadAccessToken | undefined> {
    const stored = await storedTokens.findByAccessToken(hash(value))
    if (stored === undefined || stored.state !== 'ACTIVE' || stored.expiresAt <= clock.now()) return undefined
    const claims = claimsOf(stored, issuer)
    return isRevoked(claims) ? undefined : { claims, username: stored.username }
  }

  return (value) => (isOpaque(value) ? readOpaque(value) : readJwt(value))
}

function claimsOf(stored: StoredToken, issuer: string): AccessTokenClaims {
  const { tokenId, grantId, clientId, subject, authorizedType, grantedAt, audience, scopes, issuedAt, expiresAt } = stored
  const who = { tokenId, grantId, keyId: undefined, clientId, subject, authorizedType, grantedAt }
  return { issuer, isStored: true, ...who, audience, scopes, issuedAt, expiresAt }
}
