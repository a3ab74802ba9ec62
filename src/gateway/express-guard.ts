import type { RequestHandler, Response } from 'express'
import { isWithin, parseScopes } from '../model/scope.js'
import type { TokenVerifier, Verdict } from './create-token-verifier.js'
import { type BeyondPolicy, parseBeyond } from './gateway-settings.js'

export interface GuardOptions {
  /** The scopes that are needed, all of them, separated by spaces. */
  readonly scope?: string
  /** For this route, in place of the verifier's. */
  readonly beyond?: BeyondPolicy
}

const BEARER = /^bearer(?: +(.*))?$/i
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * Makes an Express handler that lets a request pass with a good access token in its Authorization header (RFC 6750 §2.1);
 * `response.locals.token` then has its claims. 401 without one or with a bad one, 400 for a malformed header, 403 where a scope is missing
 * (RFC 6750 §3.1), 503 while nothing can be said.
 * @throws TypeError when an option is wrong.
 */
export function requireToken(verifier: Pick<TokenVerifier, 'verify'>, options: GuardOptions = {}): RequestHandler {
  const needed = parseScopes(options.scope ?? '')
  if (needed === undefined) throw new TypeError('scope has to be scope tokens separated by single spaces')
  const how = options.beyond === undefined ? {} : { beyond: parseBeyond(options.beyond) }
  return (request, response, next) => {
    const credentials = BEARER.exec(request.headers.authorization ?? '')
    if (credentials === null) return challenge(response, 401)
    const token = (credentials[1] ?? '').trimEnd()
    if (!TOKEN.test(token)) return challenge(response, 400, { error: 'invalid_request' })
    verifier
      .verify(token, how)
      .then((verdict) => answer(verdict, needed, response) && next())
      .catch(next)
  }
}

/** @returns whether the request may pass; else it has been answered. */
function answer(verdict: Verdict, needed: readonly string[], response: Response): boolean {
  if (verdict.accepted) {
    response.locals.token = verdict.claims
    if (isWithin(needed, verdict.claims.scopes)) return true
    challenge(response, 403, { error: 'insufficient_scope', scope: needed.join(' ') })
    return false
  }
  if (verdict.reason === 'not_ready' || verdict.reason === 'stale') {
    response.status(503).set('Retry-After', '1').json({ error: 'temporarily_unavailable' })
    return false
  }
  challenge(response, 401, { error: 'invalid_token' })
  return false
}

/** RFC 6750 §3: who shows nothing is told no error, only what is wanted. */
function challenge(response: Response, status: number, parameters: Readonly<Record<string, string>> = {}): void {
  const list = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
  response
    .status(status)
    .set('WWW-Authenticate', ['Bearer', list.join(', ')].join(' ').trimEnd())
    .set('Cache-Control', 'no-store')
  if (parameters.error === undefined) response.end()
  else response.json({ error: parameters.error })
}
