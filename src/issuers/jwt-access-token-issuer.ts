import { randomUUID } from 'node:crypto'
import type { SigningKey } from '../keys/key-ring.js'
import { tokenId } from '../model/ids.js'
import { formatScopes } from '../model/scope.js'
import { after, type Clock, type EpochSeconds } from '../model/time.js'
import { type AccessTokenLifetimes, accessTokenLifetime, type IssueAccessToken } from './access-token-issuer.js'
import { formatAudience, formatJwt } from './jwt.js'

export interface JwtIssuerSettings {
  readonly issuer: string
  readonly lifetimes: AccessTokenLifetimes
  /** Whether a row will tell if the token still is good. */
  readonly isStored: boolean
}

/**
 * JWT access tokens, RFC 9068 §2. `entity_id` says that the token is not stored.
 * No `nbf`: with clocks a little apart it only refuses what is good.
 */
export function createJwtAccessTokenIssuer(
  settings: JwtIssuerSettings,
  signingKey: (instant: EpochSeconds) => SigningKey,
  clock: Clock,
): IssueAccessToken {
  return (authorization) => {
    const { client, subject, authorizedType, grantId, grantedAt } = authorization
    const issuedAt = clock.now()
    const expiresIn = accessTokenLifetime(authorization, settings.lifetimes)
    const expiresAt = after(issuedAt, expiresIn)
    const id = tokenId(randomUUID())
    const claims = {
      // First, so that nothing below can be overwritten.
      ...authorization.additionalClaims,
      iss: settings.issuer,
      sub: subject,
      aud: formatAudience(authorization.audience),
      exp: expiresAt,
      iat: issuedAt,
      jti: id,
      client_id: client.id,
      azp: client.id,
      scope: formatScopes(authorization.scopes),
      aut: authorizedType,
      grant_id: grantId,
      grant_iat: grantedAt,
      ...(settings.isStored ? {} : { entity_id: subject }),
    }
    return { value: formatJwt('at+jwt', claims, signingKey(issuedAt)), tokenId: id, issuedAt, expiresAt, expiresIn }
  }
}
