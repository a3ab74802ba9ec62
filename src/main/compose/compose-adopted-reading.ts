import { hashToken } from '../../issuers/opaque-access-token-issuer.js'
import type { RevocableToken } from '../../model/claims.js'
import type { FindAccessToken } from '../../tokens/read-access-token.js'
import { createAdoptedJwtReader, createAdoptedRefreshJwtReader, isAdoptedJwt } from '../../tokens/read-adopted-jwts.js'
import { createAdoptedAccessTokenReader, createAdoptedRefreshTokenReader, isAdoptedOpaqueToken } from '../../tokens/read-adopted-tokens.js'
import type { FindRefreshToken } from '../../tokens/read-refresh-token.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

export interface AdoptedReading {
  /** Reads what has the form of the other server's tokens by its rows, and leaves everything else to `own`. */
  accessTokens(own: FindAccessToken, isRevoked: (token: RevocableToken) => boolean): FindAccessToken
  refreshTokens(own: FindRefreshToken): FindRefreshToken
}

/** How tokens of a server are read whose database was taken over. Where none was, nothing here costs more than the look at a value. */
export function composeAdoptedReading(
  { adoption, keys, follower, isRevoked: isRevokedNow }: Pick<State, 'adoption' | 'keys' | 'follower' | 'isRevoked'>,
  { stores, clock }: Pick<Resources, 'stores' | 'clock'>,
  issuer: string,
): AdoptedReading {
  const { adoptedTokens, storedTokens } = stores
  const isOpaque = (value: string): boolean => adoption.isAdopted() && isAdoptedOpaqueToken(value)
  const findKey = (kid: string) => keys.ring().adoptedKey(kid)
  const isJwt = (value: string): boolean => keys.ring().hasAdoptedKeys && isAdoptedJwt(value, findKey)
  const rules = {
    issuers: [issuer, ...adoption.issuers],
    longestAccessLifetime: () => follower.heads().longestAccessLifetime,
    longestRefreshLifetime: () => follower.heads().longestRefreshLifetime,
  }
  const jwts = { findKey, rules, adoptedTokens, clock }
  return {
    accessTokens(own, isRevoked) {
      const opaque = createAdoptedAccessTokenReader({ adoptedTokens, isRevoked, issuer, clock })
      const jwt = createAdoptedJwtReader({ ...jwts, isRevoked })
      return (value) => (isOpaque(value) ? opaque(value) : isJwt(value) ? jwt(value) : own(value))
    },
    refreshTokens(own) {
      const opaque = createAdoptedRefreshTokenReader({ adoptedTokens, storedTokens, hash: hashToken, clock })
      const jwt = createAdoptedRefreshJwtReader({ ...jwts, isRevoked: isRevokedNow })
      return (value) => (isOpaque(value) ? opaque(value) : isJwt(value) ? jwt(value) : own(value))
    },
  }
}
