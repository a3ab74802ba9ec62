import type { OpaqueRefreshToken } from '../issuers/opaque-refresh-token.js'
import type { PresentedRefreshToken } from '../model/claims.js'
import { tokenId } from '../model/ids.js'
import type { Clock } from '../model/time.js'
import type { StoredToken, StoredTokenStore, TokenHash } from '../stores/stored-token-store.js'
import type { VerifyRefreshToken } from '../verification/verify-refresh-token.js'

export interface RefreshTokenReading {
  readonly verifyJwt: VerifyRefreshToken
  readonly storedTokens: Pick<StoredTokenStore, 'findByRefreshToken'>
  /** undefined for anything this server has not made. @throws StoreUnavailable */
  readonly parseOpaque: (value: string) => OpaqueRefreshToken | undefined
  readonly isOpaque: (value: string) => boolean
  readonly hash: (value: string) => TokenHash
  readonly clock: Clock
}

/** @returns undefined for whatever is not an unexpired refresh token of this server. Revocations are not judged here. @throws StoreUnavailable */
export type FindRefreshToken = (value: string) => Promise<PresentedRefreshToken | undefined>

/** Reads both kinds of refresh token: a JWT says everything itself, a stored one has a row. */
export function createRefreshTokenReader({ verifyJwt, storedTokens, parseOpaque, isOpaque, hash, clock }: RefreshTokenReading): FindRefreshToken {
  return async (value) => {
    if (!isOpaque(value)) {
      const claims = await verifyJwt(value)
      return claims === undefined ? undefined : { ...claims, value, isStored: false, username: undefined, grantType: undefined }
    }
    const named = parseOpaque(value)
    const stored = named && (await storedTokens.findByRefreshToken({ ...named, hash: hash(value) }))
    return named === undefined || stored === undefined ? undefined : presentedBy(value, stored, { generation: named.generation, clock })
  }
}

/** What a stored refresh token of this server names; undefined where more than that is known of it. @throws StoreUnavailable */
export type FindForgottenToken = (value: string) => Promise<OpaqueRefreshToken | undefined>

export function createForgottenTokenReader({
  storedTokens,
  parseOpaque,
  hash,
}: Pick<RefreshTokenReading, 'storedTokens' | 'parseOpaque' | 'hash'>): FindForgottenToken {
  return async (value) => {
    const named = parseOpaque(value)
    const stored = named && (await storedTokens.findByRefreshToken({ ...named, hash: hash(value) }))
    return stored === undefined ? named : undefined
  }
}

/** A refresh token by a row of its grant. Where that is a later one it tells all but the times, and the grant's row judges the generation. */
export function presentedBy(
  value: string,
  stored: StoredToken,
  { generation, clock }: { readonly generation: number; readonly clock: Clock },
): PresentedRefreshToken | undefined {
  const { refreshIssuedAt, refreshExpiresAt } = stored
  if (refreshIssuedAt === undefined || refreshExpiresAt === undefined || refreshExpiresAt <= clock.now()) return undefined
  return {
    value,
    isStored: true,
    // Not the row's, which is the access token's: the end of that one leaves this one good, as it does where neither is stored.
    tokenId: tokenId(`${stored.grantId}.${generation}`),
    grantId: stored.grantId,
    keyId: undefined,
    clientId: stored.clientId,
    subject: stored.subject,
    authorizedType: stored.authorizedType,
    grantedAt: stored.grantedAt,
    generation,
    scopes: stored.grantedScopes,
    audience: stored.grantedAudience,
    issuedAt: refreshIssuedAt,
    expiresAt: refreshExpiresAt,
    username: stored.username,
    grantType: stored.grantType,
  }
}
