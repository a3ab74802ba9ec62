import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { tokenId } from '../model/ids.js'
import { after, type Clock } from '../model/time.js'
import type { TokenHash } from '../stores/stored-token-store.js'
import { type AccessTokenLifetimes, accessTokenLifetime, type IssueAccessToken } from './access-token-issuer.js'

const TOKEN_BYTES = 32
const OPAQUE_ACCESS_TOKEN = /^jat_[A-Za-z0-9_-]{43}$/

/** Opaque access tokens of 256 random bits (RFC 6749 §10.10). They mean nothing without their row. */
export function createOpaqueAccessTokenIssuer(lifetimes: AccessTokenLifetimes, clock: Clock): IssueAccessToken {
  return (authorization) => {
    const issuedAt = clock.now()
    const expiresIn = accessTokenLifetime(authorization, lifetimes)
    return {
      value: `jat_${randomBytes(TOKEN_BYTES).toString('base64url')}`,
      tokenId: tokenId(randomUUID()),
      issuedAt,
      expiresAt: after(issuedAt, expiresIn),
      expiresIn,
    }
  }
}

/** Whether a value has the form of an opaque access token, so that only such values cost a look-up. */
export function isOpaqueAccessToken(value: string): boolean {
  return OPAQUE_ACCESS_TOKEN.test(value)
}

/** Under what a token is stored: SHA-256, lower-case hex. */
export function hashToken(value: string): TokenHash {
  return createHash('sha256').update(value).digest('hex') as TokenHash
}
