import type { RequestHandler } from 'express'
import type { AuthenticateClient } from '../../clients/authenticate-client.js'
import type { Exchange } from '../../grants/exchange.js'
import { formatScopes } from '../../model/scope.js'
import { sendJson } from '../answer.js'
import { clientCredentials } from '../client-credentials.js'
import { parametersOf } from '../form-parameters.js'

/** RFC 6749 §5.1 asks for both it and Cache-Control. */
const PRAGMA = { headers: { Pragma: 'no-cache' } }

/** POST /oauth2/token, RFC 6749 §3.2. */
export function tokenRoute(authenticateClient: AuthenticateClient, exchange: Exchange): RequestHandler {
  return async (request, response) => {
    const form = parametersOf(response)
    const credentials = clientCredentials(request, form)
    const client = await authenticateClient(credentials)
    const tokens = await exchange({ client, ...form, address: credentials.address })
    const answer = {
      access_token: tokens.accessToken,
      token_type: 'Bearer',
      expires_in: tokens.expiresIn,
      scope: formatScopes(tokens.scopes),
      refresh_token: tokens.refreshToken,
    }
    sendJson(response, answer, PRAGMA)
  }
}
