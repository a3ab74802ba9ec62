import { hashToken, isOpaqueAccessToken } from '../../issuers/opaque-access-token-issuer.js'
import { isOpaqueRefreshToken, parseOpaqueRefreshToken } from '../../issuers/opaque-refresh-token.js'
import { createVerificationKeyFinder } from '../../keys/find-verification-key.js'
import { seconds } from '../../model/time.js'
import { createAccessTokenReader, type FindAccessToken } from '../../tokens/read-access-token.js'
import {
  createForgottenTokenReader,
  createRefreshTokenReader,
  type FindForgottenToken,
  type FindRefreshToken,
} from '../../tokens/read-refresh-token.js'
import { createAccessTokenVerifier, type FindPublicKey } from '../../verification/verify-access-token.js'
import { createRefreshTokenVerifier } from '../../verification/verify-refresh-token.js'
import type { Resources } from '../resources.js'
import { composeAdoptedReading } from './compose-adopted-reading.js'
import type { State } from './compose-state.js'

/** How tokens are read, whatever their form. */
export interface TokenReading {
  readonly findAccessToken: FindAccessToken
  /** Good but for what has been revoked. */
  readonly findUnjudgedAccessToken: FindAccessToken
  readonly findRefreshToken: FindRefreshToken
  readonly findForgottenToken: FindForgottenToken
}

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA']

export function composeReading(state: State, resources: Resources, issuer: string): TokenReading {
  const { keys, follower, refusal, isRevoked } = state
  const { stores, clock } = resources
  const adopted = composeAdoptedReading(state, resources, issuer)
  const accessRules = {
    issuer,
    audience: undefined,
    algorithms: ALGORITHMS,
    clockTolerance: seconds(0),
    longestLifetime: () => follower.heads().longestAccessLifetime,
  }
  const findKey: FindPublicKey = (keyId, algorithm) => keys.ring().publicKey(keyId, algorithm)
  const opaque = { storedTokens: stores.storedTokens, isOpaque: isOpaqueAccessToken, hash: hashToken, issuer, clock }
  const readerWith = (judge: State['refusal'], isRevokedRow: State['isRevoked']): FindAccessToken =>
    adopted.accessTokens(
      createAccessTokenReader({ ...opaque, verifyJwt: createAccessTokenVerifier(accessRules, findKey, judge, clock), isRevoked: isRevokedRow }),
      isRevokedRow,
    )
  const refreshRules = { issuer, longestLifetime: () => follower.heads().longestRefreshLifetime }
  const verifyRefreshJwt = createRefreshTokenVerifier(refreshRules, createVerificationKeyFinder('refresh', keys.ring), clock)
  const refreshReading = {
    verifyJwt: verifyRefreshJwt,
    storedTokens: stores.storedTokens,
    parseOpaque: (value: string) => parseOpaqueRefreshToken(value, keys.ring().secret()),
    isOpaque: isOpaqueRefreshToken,
    hash: hashToken,
    clock,
  }
  return {
    findAccessToken: readerWith(refusal, isRevoked),
    findUnjudgedAccessToken: readerWith(
      () => undefined,
      () => false,
    ),
    findRefreshToken: adopted.refreshTokens(createRefreshTokenReader(refreshReading)),
    findForgottenToken: createForgottenTokenReader(refreshReading),
  }
}
