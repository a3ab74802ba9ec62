import { createHash } from 'node:crypto'
import type { AccessTokenClaims, PresentedRefreshToken, RevocableToken } from '../model/claims.js'
import { type GrantId, grantId, tokenId } from '../model/ids.js'
import { withoutOwnScopes } from '../model/scope.js'
import { type Clock, later } from '../model/time.js'
import type { AdoptedToken, AdoptedTokenStore } from '../stores/adopted-token-store.js'
import type { StoredTokenStore, TokenHash } from '../stores/stored-token-store.js'
import { adoptedDigest } from '../verification/adopted-hash.js'
import type { FindAccessToken } from './read-access-token.js'
import { type FindRefreshToken, presentedBy } from './read-refresh-token.js'

/** A UUID, with or without hyphens: what WSO2 makes its opaque tokens of. */
const FORM = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i

/** Whether a value has the form of an opaque token of the server that was taken over, so that only such values cost a look-up. */
export function isAdoptedOpaqueToken(value: string): boolean {
  return FORM.test(value)
}

/**
 * The grant of a refresh token that was made elsewhere: always the same one, and known from the token alone, so that its
 * replay is found after its row is gone. @param digest lower-case hexadecimal SHA-256 of the token, or its `jti`
 */
export function adoptedGrantId(digest: string): GrantId {
  const bytes = createHash('sha256').update(`adopted grant\0${digest}`).digest().subarray(0, 16)
  // RFC 9562 §5.8: a UUID of one's own making.
  bytes.writeUInt8(((bytes.at(6) ?? 0) & 0x0f) | 0x80, 6)
  bytes.writeUInt8(((bytes.at(8) ?? 0) & 0x3f) | 0x80, 8)
  return grantId(bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
}

export interface AdoptedAccessTokenReading {
  readonly adoptedTokens: Pick<AdoptedTokenStore, 'findByAccessToken'>
  /** @throws StoreUnavailable when revocations cannot be judged now. */
  readonly isRevoked: (token: RevocableToken) => boolean
  readonly issuer: string
  readonly clock: Clock
}

/** Reads opaque access tokens of the server that was taken over, by its own rows and states. */
export function createAdoptedAccessTokenReader({ adoptedTokens, isRevoked, issuer, clock }: AdoptedAccessTokenReading): FindAccessToken {
  return async (value) => {
    const token = await adoptedTokens.findByAccessToken(value)
    if (token === undefined || token.state !== 'ACTIVE' || token.expiresAt <= clock.now()) return undefined
    const claims = claimsOf(token, issuer)
    return isRevoked(claims) ? undefined : { claims, username: token.username }
  }
}

/** `aud` is the client, as that server has it where nothing else is configured. */
function claimsOf(token: AdoptedToken, issuer: string): AccessTokenClaims {
  const { tokenId: id, clientId, subject, authorizedType, scopes, issuedAt, expiresAt, refreshTokenDigest } = token
  const grant = refreshTokenDigest === undefined ? undefined : adoptedGrantId(refreshTokenDigest)
  const who = { tokenId: id, grantId: grant, keyId: undefined, clientId, subject, authorizedType, grantedAt: issuedAt }
  return { issuer, isStored: true, ...who, audience: [clientId], scopes: withoutOwnScopes(scopes), issuedAt, expiresAt }
}

export interface AdoptedRefreshTokenReading {
  readonly adoptedTokens: Pick<AdoptedTokenStore, 'findByRefreshToken' | 'claim'>
  /** For those whose rows have left: their grants have been named here. */
  readonly storedTokens: Pick<StoredTokenStore, 'findByRefreshToken'>
  readonly hash: (value: string) => TokenHash
  readonly clock: Clock
}

/**
 * Reads opaque refresh tokens of the server that was taken over. The row becomes one of a grant here, of generation 0; from
 * then on the grant's row alone says whether the token may be spent, as for every other one. Before that the row's state does:
 * one that was rotated away or revoked over there stays so.
 */
export function createAdoptedRefreshTokenReader({ adoptedTokens, storedTokens, hash, clock }: AdoptedRefreshTokenReading): FindRefreshToken {
  async function findLeft(value: string): Promise<PresentedRefreshToken | undefined> {
    const named = { hash: hash(value), grantId: adoptedGrantId(adoptedDigest(value, 'SHA-256')), generation: 0 }
    const left = await storedTokens.findByRefreshToken(named)
    return left && presentedBy(value, left, { generation: 0, clock })
  }

  return async (value) => {
    const token = await adoptedTokens.findByRefreshToken(value)
    if (token === undefined) return findLeft(value)
    if (token.refreshTokenDigest === undefined || token.refreshExpiresAt <= clock.now()) return undefined
    if (!token.isClaimed && token.state !== 'ACTIVE' && token.state !== 'EXPIRED') return undefined
    const presented = presentedOf(value, token, adoptedGrantId(token.refreshTokenDigest))
    if (!token.isClaimed) {
      const { grantId: grant, grantedAt, audience, scopes } = presented
      const expiresAt = later(token.expiresAt, token.refreshExpiresAt)
      await adoptedTokens.claim(token.tokenId, { grantId: grant, grantedAt, audience, scopes, expiresAt })
    }
    return presented
  }
}

function presentedOf(value: string, token: AdoptedToken, grant: GrantId): PresentedRefreshToken {
  const { clientId, subject, authorizedType, scopes, username, grantType } = token
  return {
    value,
    isStored: true,
    tokenId: tokenId(`${grant}.0`),
    grantId: grant,
    keyId: undefined,
    clientId,
    subject,
    authorizedType,
    grantedAt: token.issuedAt,
    generation: 0,
    scopes: withoutOwnScopes(scopes),
    audience: [clientId],
    issuedAt: token.refreshIssuedAt,
    expiresAt: token.refreshExpiresAt,
    username,
    grantType,
  }
}
