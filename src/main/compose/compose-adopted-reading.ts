import { hashToken } from '../../issuers/opaque-access-token-issuer.js'
import type { RevocableToken } from '../../model/claims.js'
import type { FindAccessToken } from '../../tokens/read-access-token.js'
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
  { adoption }: Pick<State, 'adoption'>,
  { stores, clock }: Pick<Resources, 'stores' | 'clock'>,
  issuer: string,
): AdoptedReading {
  const { adoptedTokens, storedTokens } = stores
  const isAdopted = (value: string): boolean => adoption.isAdopted() && isAdoptedOpaqueToken(value)
  return {
    accessTokens(own, isRevoked) {
      const adopted = createAdoptedAccessTokenReader({ adoptedTokens, isRevoked, issuer, clock })
      return (value) => (isAdopted(value) ? adopted(value) : own(value))
    },
    refreshTokens(own) {
      const adopted = createAdoptedRefreshTokenReader({ adoptedTokens, storedTokens, hash: hashToken, clock })
      return (value) => (isAdopted(value) ? adopted(value) : own(value))
    },
  }
}
