import type { RequestHandler } from 'express'
import type { AuthenticateClient } from '../../clients/authenticate-client.js'
import { OAuthError } from '../../errors/oauth-error.js'
import type { RevokeToken } from '../../tokens/revoke-token.js'
import { sendEmpty } from '../answer.js'
import { clientCredentials } from '../client-credentials.js'
import { parametersOf } from '../form-parameters.js'
import type { NameRevoked } from '../revoked-token-headers.js'

/**
 * POST /oauth2/revoke, RFC 7009 §2: 200 means that it is durable, or that there was nothing to revoke.
 * `nameRevoked` says in headers what was; absent: nothing does.
 */
export function revokeRoute(authenticateClient: AuthenticateClient, revokeToken: RevokeToken, nameRevoked?: NameRevoked): RequestHandler {
  return async (request, response) => {
    const form = parametersOf(response)
    const client = await authenticateClient(clientCredentials(request, form))
    const token = form.parameters.get('token')
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing')
    const revoked = await revokeToken(token, client)
    sendEmpty(response, revoked && nameRevoked && { headers: await nameRevoked(token, revoked) })
  }
}
