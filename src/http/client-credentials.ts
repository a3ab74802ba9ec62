import type { Request } from 'express'
import type { ClientCredentials } from '../clients/authenticate-client.js'
import { OAuthError } from '../errors/oauth-error.js'
import { type FormParameters, formDecode } from './form-parameters.js'

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i

/**
 * `client_secret_basic`, `client_secret_post` or `none` (RFC 6749 §2.3, RFC 7591 §2), one of them.
 * @throws OAuthError `invalid_client` without any, `invalid_request` for more than one.
 */
export function clientCredentials(request: Request, { parameters }: FormParameters): ClientCredentials {
  const address = request.ip ?? ''
  const { authorization } = request.headers
  const [id, secret] = [parameters.get('client_id'), parameters.get('client_secret')]
  if (authorization !== undefined) {
    const basic = basicCredentials(authorization)
    if (secret !== undefined || (id !== undefined && id !== basic.clientId))
      throw new OAuthError('invalid_request', 'more than one client authentication method')
    return { ...basic, address }
  }
  if (id === undefined) throw new OAuthError('invalid_client', 'client authentication is missing')
  return { clientId: id, clientSecret: secret, address }
}

/** RFC 7617 §2, with id and secret form-encoded as RFC 6749 §2.3.1 asks. */
function basicCredentials(authorization: string): { readonly clientId: string; readonly clientSecret: string } {
  const [, encoded] = BASIC.exec(authorization) ?? []
  const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 0) throw new OAuthError('invalid_client', 'the Authorization header is malformed')
  return { clientId: decodeCredential(decoded.slice(0, colon)), clientSecret: decodeCredential(decoded.slice(colon + 1)) }
}

function decodeCredential(text: string): string {
  try {
    return formDecode(text)
  } catch (cause) {
    throw new OAuthError('invalid_client', 'the Authorization header is malformed', { cause })
  }
}
