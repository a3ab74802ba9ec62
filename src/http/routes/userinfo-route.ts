import type { RequestHandler } from 'express'
import type { GetUserClaims } from '../../tokens/user-claims.js'
import { claimsOf, usernameOf } from '../bearer.js'

/** GET /oauth2/userinfo, OpenID Connect Core 1.0 §5.3. */
export function userinfoRoute(getUserClaims: GetUserClaims): RequestHandler {
  return async (_request, response) => {
    response.json(await getUserClaims(claimsOf(response), usernameOf(response)))
  }
}
