import { OAuthError } from '../errors/oauth-error.js'
import { subject } from '../model/ids.js'
import type { Grant } from './grant.js'
import type { BeginGrant } from './new-grant.js'
import { type AudienceSettings, requestedAudience } from './requested-audience.js'
import { requestedScopes } from './requested-scopes.js'

export interface ClientCredentialsSettings extends AudienceSettings {
  /** Against the advice of RFC 6749 §4.4.3, as WSO2's allow_refresh_tokens. */
  readonly allowRefreshTokens: boolean
}

/** RFC 6749 §4.4: the client acts for itself, so it is the subject. */
export function createClientCredentialsGrant(beginGrant: BeginGrant, settings: ClientCredentialsSettings): Grant {
  return {
    grantType: 'client_credentials',

    async authorize({ client, parameters, resources }) {
      if (client.secretHash === undefined) throw new OAuthError('unauthorized_client', 'a public client cannot use client_credentials')
      const scopes = requestedScopes(parameters.get('scope'), client.scopes)
      const audience = requestedAudience(resources, { client, scopes }, settings)
      const authorization = beginGrant({
        client,
        subject: subject(client.id),
        authorizedType: 'APPLICATION',
        username: undefined,
        scopes,
        audience,
        grantType: 'client_credentials',
      })
      return { authorization, refresh: { kind: settings.allowRefreshTokens && client.grantTypes.includes('refresh_token') ? 'first' : 'none' } }
    },
  }
}
