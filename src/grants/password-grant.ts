import { OAuthError } from '../errors/oauth-error.js'
import { subject } from '../model/ids.js'
import type { User } from '../model/user.js'
import type { Grant } from './grant.js'
import type { BeginGrant } from './new-grant.js'
import { type AudienceSettings, requestedAudience } from './requested-audience.js'
import { requestedScopes } from './requested-scopes.js'

/** @returns undefined for an unknown user, a wrong password and a disabled user alike. @throws OAuthError `slow_down` @throws StoreUnavailable */
export type AuthenticateUser = (name: string, password: string, address: string) => Promise<User | undefined>

/** RFC 6749 §4.3. Off unless the operator turns it on (RFC 9700 §2.4). */
export function createPasswordGrant(authenticateUser: AuthenticateUser, beginGrant: BeginGrant, settings: AudienceSettings): Grant {
  return {
    grantType: 'password',

    async authorize({ client, parameters, resources, address }) {
      const [username, password] = [parameters.get('username'), parameters.get('password')]
      if (username === undefined) throw new OAuthError('invalid_request', 'username is missing')
      if (password === undefined) throw new OAuthError('invalid_request', 'password is missing')
      const scopes = requestedScopes(parameters.get('scope'), client.scopes)
      const audience = requestedAudience(resources, { client, scopes }, settings)
      const user = await authenticateUser(username, password, address)
      if (user === undefined) throw new OAuthError('invalid_grant', 'username or password is wrong')
      const authorization = beginGrant({
        client,
        subject: subject(user.id),
        authorizedType: 'APPLICATION_USER',
        username: user.name,
        scopes,
        audience,
        grantType: 'password',
      })
      return { authorization, refresh: { kind: client.grantTypes.includes('refresh_token') ? 'first' : 'none' } }
    },
  }
}
