import { OAuthError } from '../errors/oauth-error.js'
import type { PresentedRefreshToken, RevocableToken } from '../model/claims.js'
import type { Client } from '../model/client.js'
import type { Grant } from './grant.js'
import { narrowedAudience } from './requested-audience.js'
import { narrowedScopes } from './requested-scopes.js'

/** @returns undefined for whatever is not a good refresh token of this server. @throws StoreUnavailable */
export type ReadRefreshToken = (value: string) => Promise<PresentedRefreshToken | undefined>

export interface RefreshGrantNeeds {
  readonly readRefreshToken: ReadRefreshToken
  /** What there is to do about a stored one of which nothing is left but its name. @throws StoreUnavailable */
  readonly judgeForgotten: (value: string, client: Client) => Promise<void>
  /** Whether any revocation hits the token. @throws StoreUnavailable */
  readonly isRevoked: (token: RevocableToken) => boolean
}

export interface RefreshGrantSettings {
  readonly issuer: string
  /** Whether a refresh token is good once (RFC 9700 §2.2.2). Those of public clients always are. */
  readonly renewRefreshToken: boolean
}

/** RFC 6749 §6. Whether the token is the grant's current one is decided later, in the step that spends it. */
export function createRefreshTokenGrant(
  { readRefreshToken, judgeForgotten, isRevoked }: RefreshGrantNeeds,
  { issuer, renewRefreshToken }: RefreshGrantSettings,
): Grant {
  return {
    grantType: 'refresh_token',

    async authorize({ client, parameters, resources }) {
      const value = parameters.get('refresh_token')
      if (value === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing')
      const presented = await readRefreshToken(value)
      if (presented === undefined) await judgeForgotten(value, client)
      if (presented === undefined || presented.clientId !== client.id || isRevoked(presented))
        throw new OAuthError('invalid_grant', 'the refresh token is not valid')
      const scopes = narrowedScopes(parameters.get('scope'), presented.scopes)
      const audience = narrowedAudience(resources, presented.audience, { scopes, issuer })
      return {
        authorization: { ...descent(presented, client), scopes, audience },
        refresh: { kind: renewRefreshToken || client.secretHash === undefined ? 'next' : 'same', presented },
      }
    },
  }
}

/** What every token of a grant has from the grant. */
function descent({ subject, authorizedType, username, grantId, grantedAt, grantType = 'refresh_token' }: PresentedRefreshToken, client: Client) {
  return { client, subject, authorizedType, username, grantId, grantedAt, grantType }
}
