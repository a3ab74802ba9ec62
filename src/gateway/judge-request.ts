import type { AccessTokenClaims } from '../model/claims.js'
import { isWithin, parseScopes } from '../model/scope.js'
import type { TokenVerifier, Verdict } from './create-token-verifier.js'
import { type BeyondPolicy, parseBeyond } from './gateway-settings.js'

export interface GuardOptions {
  /** The scopes that are needed, all of them, separated by spaces. */
  readonly scope?: string
  /** For this route, in place of the verifier's. */
  readonly beyond?: BeyondPolicy
}

/** What becomes of a request: it passes, or it is answered like this. */
export type Decision = { readonly passes: true; readonly claims: AccessTokenClaims } | RefusedRequest

export interface RefusedRequest {
  readonly passes: false
  /** 400 for a malformed header, 401 without a token or with a bad one, 403 where a scope is missing, 503 while nothing can be said. */
  readonly status: 400 | 401 | 403 | 503
  readonly headers: Readonly<Record<string, string>>
  /** Undefined for who shows nothing: he is told no error, only what is wanted (RFC 6750 §3). */
  readonly error: string | undefined
  /** For counters. Never told to whoever asks. */
  readonly reason: string
}

/** Judges the Authorization header of one request. Throws what the verifier throws. */
export type JudgeRequest = (authorization: string | undefined) => Promise<Decision>

const BEARER = /^bearer(?: +(.*))?$/i
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * Makes the judge of requests with an access token in their Authorization header (RFC 6750 §2.1, §3.1).
 * @throws TypeError when an option is wrong.
 */
export function createRequestJudge(verifier: Pick<TokenVerifier, 'verify'>, options: GuardOptions = {}): JudgeRequest {
  const needed = parseScopes(options.scope ?? '')
  if (needed === undefined) throw new TypeError('scope has to be scope tokens separated by single spaces')
  const how = options.beyond === undefined ? {} : { beyond: parseBeyond(options.beyond) }
  return async (authorization) => {
    const credentials = BEARER.exec(authorization ?? '')
    if (credentials === null) return challenge(401, 'no_token')
    const token = (credentials[1] ?? '').trimEnd()
    if (!TOKEN.test(token)) return challenge(400, 'malformed_header', { error: 'invalid_request' })
    return decide(await verifier.verify(token, how), needed)
  }
}

function decide(verdict: Verdict, needed: readonly string[]): Decision {
  if (verdict.accepted) {
    if (isWithin(needed, verdict.claims.scopes)) return { passes: true, claims: verdict.claims }
    return challenge(403, 'insufficient_scope', { error: 'insufficient_scope', scope: needed.join(' ') })
  }
  const { reason } = verdict
  if (reason !== 'not_ready' && reason !== 'stale') return challenge(401, reason, { error: 'invalid_token' })
  return { passes: false, status: 503, headers: { 'retry-after': '1' }, error: 'temporarily_unavailable', reason }
}

function challenge(status: RefusedRequest['status'], reason: string, parameters: Readonly<Record<string, string>> = {}): RefusedRequest {
  const list = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
  const headers = { 'www-authenticate': ['Bearer', list.join(', ')].join(' ').trimEnd(), 'cache-control': 'no-store' }
  return { passes: false, status, headers, error: parameters.error, reason }
}
