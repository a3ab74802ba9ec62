import { hashToken, isOpaqueAccessToken } from '../../issuers/opaque-access-token-issuer.js'
import { isOpaqueRefreshToken, parseOpaqueRefreshToken } from '../../issuers/opaque-refresh-token.js'
import { createVerificationKeyFinder } from '../../keys/find-verification-key.js'
import { seconds } from '../../model/time.js'
import { createAccessTokenReader, type FindAccessToken } from '../../tokens/read-access-token.js'
import { createRefreshTokenReader, type FindRefreshToken } from '../../tokens/read-refresh-token.js'
import { createAccessTokenVerifier } from '../../verification/verify-access-token.js'
import { createRefreshTokenVerifier } from '../../verification/verify-refresh-token.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

/** How tokens are read, whatever their form. */
export interface TokenReading {
  readonly findAccessToken: FindAccessToken
  readonly findRefreshToken: FindRefreshToken
}

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA']

export function composeReading({ keys, follower, refusal, isRevoked }: State, { stores, clock }: Resources, issuer: string): TokenReading {
  const accessRules = {
    issuer,
    audience: undefined,
    algorithms: ALGORITHMS,
    clockTolerance: seconds(0),
    longestLifetime: () => follower.heads().longestAccessLifetime,
  }
  const verifyAccessJwt = createAccessTokenVerifier(accessRules, createVerificationKeyFinder('access', keys.ring), refusal, clock)
  const refreshRules = { issuer, longestLifetime: () => follower.heads().longestRefreshLifetime }
  const verifyRefreshJwt = createRefreshTokenVerifier(refreshRules, createVerificationKeyFinder('refresh', keys.ring), clock)
  return {
    findAccessToken: createAccessTokenReader({
      verifyJwt: verifyAccessJwt,
      storedTokens: stores.storedTokens,
      isRevoked,
      isOpaque: isOpaqueAccessToken,
      hash: hashToken,
      issuer,
      clock,
    }),
    findRefreshToken: createRefreshTokenReader({
      verifyJwt: verifyRefreshJwt,
      storedTokens: stores.storedTokens,
      parseOpaque: (value) => parseOpaqueRefreshToken(value, keys.ring().secret()),
      isOpaque: isOpaqueRefreshToken,
      hash: hashToken,
      clock,
    }),
  }
}
