import type { RequestHandler } from 'express'
import type { TokenVerifier } from './create-token-verifier.js'
import { createRequestJudge, type GuardOptions } from './judge-request.js'

/**
 * Makes an Express handler that lets a request pass with a good access token in its Authorization header (RFC 6750 §2.1);
 * `response.locals.token` then has its claims. 401 without one or with a bad one, 400 for a malformed header, 403 where a scope is missing
 * (RFC 6750 §3.1), 503 while nothing can be said.
 * @throws TypeError when an option is wrong.
 */
export function requireToken(verifier: Pick<TokenVerifier, 'verify'>, options: GuardOptions = {}): RequestHandler {
  const judge = createRequestJudge(verifier, options)
  return (request, response, next) => {
    judge(request.headers.authorization)
      .then((decision) => {
        if (decision.passes) {
          response.locals.token = decision.claims
          return next()
        }
        response.status(decision.status).set(decision.headers)
        if (decision.error === undefined) response.end()
        else response.json({ error: decision.error })
      })
      .catch(next)
  }
}
