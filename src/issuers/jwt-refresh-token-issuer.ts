import type { SigningKey } from '../keys/key-ring.js'
import type { Authorization } from '../model/authorization.js'
import { formatScopes, type Scopes } from '../model/scope.js'
import { type EpochSeconds, epochSeconds } from '../model/time.js'
import { formatAudience, formatJwt } from './jwt.js'

/** What makes one refresh token of a grant differ from another. */
export interface RefreshTokenTerms {
  readonly generation: number
  readonly issuedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
  /** What was granted, where the access token beside it has less (RFC 6749 §6). */
  readonly scopes: Scopes
  readonly audience: readonly string[]
}

/** Turns a decision and its terms into a refresh token: the same ones always into the same token. */
export type IssueRefreshToken = (authorization: Authorization, terms: RefreshTokenTerms) => string

/**
 * JWT refresh tokens, HS256 under the ring key in force at `issuedAt`: nobody but the key manager ever checks them.
 * `jti` is a MAC over grant and generation, so that a lost answer can be given again to the letter.
 */
export function createJwtRefreshTokenIssuer(issuer: string, ringKey: (instant: EpochSeconds) => SigningKey): IssueRefreshToken {
  return ({ client, subject, authorizedType, grantId, grantedAt }, { generation, issuedAt, expiresAt, scopes, audience }) => {
    // A successor may be made again: a key that takes over within the very second in which it was made must not make it another one.
    const key = ringKey(generation === 0 ? issuedAt : epochSeconds(issuedAt - 1))
    const claims = {
      iss: issuer,
      aud: issuer,
      sub: subject,
      client_id: client.id,
      azp: client.id,
      aut: authorizedType,
      exp: expiresAt,
      iat: issuedAt,
      jti: key.sign(`${grantId} ${generation}`),
      rt_scope: formatScopes(scopes),
      rt_aud: formatAudience(audience),
      grant_id: grantId,
      grant_iat: grantedAt,
      entity_id: subject,
      token_type: 'refresh_token',
      gen: generation,
    }
    return formatJwt('rt+jwt', claims, key)
  }
}
