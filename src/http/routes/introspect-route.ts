import type { RequestHandler } from 'express'
import type { AuthenticateClient } from '../../clients/authenticate-client.js'
import { OAuthError } from '../../errors/oauth-error.js'
import type { Introspect } from '../../tokens/introspect-token.js'
import { sendJson } from '../answer.js'
import { clientCredentials } from '../client-credentials.js'
import { parametersOf } from '../form-parameters.js'

/** POST /oauth2/introspect, RFC 7662 §2. A public client cannot prove who asks, so it may not. */
export function introspectRoute(authenticateClient: AuthenticateClient, introspect: Introspect): RequestHandler {
  return async (request, response) => {
    const form = parametersOf(response)
    const client = await authenticateClient(clientCredentials(request, form))
    if (client.secretHash === undefined) throw new OAuthError('invalid_client', 'introspection needs a client that authenticates')
    const value = form.parameters.get('token')
    if (value === undefined) throw new OAuthError('invalid_request', 'token is missing')
    sendJson(response, await introspect({ value, client, hint: form.parameters.get('token_type_hint') }))
  }
}
