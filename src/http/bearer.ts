import type { RequestHandler, Response } from 'express'
import { OAuthError } from '../errors/oauth-error.js'
import type { AccessTokenClaims } from '../model/claims.js'
import type { FindAccessToken } from '../tokens/read-access-token.js'

const BEARER_SCHEME = /^bearer(?: |$)/i
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i

export interface BearerRules {
  /** Has to be in the token's audience, so that it was meant for this server; undefined: any token of this issuer will do. */
  readonly audience: string | undefined
  /** Has to be in the token's scope; of several, one. */
  readonly scope: string | readonly string[] | undefined
}

/** Lets a request pass that shows a good bearer token in its header (RFC 6750 §2.1); then `claimsOf` has its claims. */
export function requireBearer(findAccessToken: FindAccessToken, { audience, scope }: BearerRules): RequestHandler {
  const wanted = typeof scope === 'string' ? [scope] : scope
  return async (request, response, next) => {
    const { authorization } = request.headers
    // RFC 6750 §3.1: who shows nothing, or something of another scheme, is told how, not what is wrong.
    if (authorization === undefined || !BEARER_SCHEME.test(authorization))
      return void response.status(401).set('WWW-Authenticate', 'Bearer realm="jeton"').end()
    const [, token] = BEARER.exec(authorization) ?? []
    if (token === undefined) {
      response.set('WWW-Authenticate', 'Bearer realm="jeton", error="invalid_request"')
      throw new OAuthError('invalid_request', 'the Authorization header holds no bearer token')
    }
    const found = await findAccessToken(token)
    if (found === undefined) throw new OAuthError('invalid_token', 'the token is not valid')
    const { audience: meantFor, scopes } = found.claims
    if (wanted !== undefined && !wanted.some((one) => scopes.includes(one)))
      throw new OAuthError('insufficient_scope', `the scope ${wanted.join(' or ')} is needed`)
    if (audience !== undefined && !meantFor.includes(audience)) throw new OAuthError('invalid_token', 'the token is not meant for this server')
    response.locals.claims = found.claims
    response.locals.username = found.username
    next()
  }
}

/** Of the token that `requireBearer` has let pass. */
export function claimsOf(response: Response): AccessTokenClaims {
  return response.locals.claims as AccessTokenClaims
}

/** Of the same token: the user's name, where a row tells it. */
export function usernameOf(response: Response): string | undefined {
  return response.locals.username as string | undefined
}
