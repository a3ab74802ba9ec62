import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AccessTokenClaims } from '../model/claims.js'
import { parseScopes } from '../model/scope.js'
import type { TokenVerifier } from './create-token-verifier.js'
import { parseBeyond } from './gateway-settings.js'
import { createRequestJudge, type GuardOptions, type JudgeRequest } from './judge-request.js'
import { refuse } from './node-guard.js'
import type { SidecarMetrics } from './sidecar-metrics.js'

/** What a route demands, under a name that the proxy in front says. */
export type Policies = Readonly<Record<string, GuardOptions>>

export interface SidecarNeeds {
  readonly verifier: Pick<TokenVerifier, 'verify' | 'staleness'>
  readonly policies: Policies
  readonly metrics: SidecarMetrics
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

/**
 * Answers whether a request may pass, for proxies that ask over HTTP (nginx `auth_request`, Traefik `forwardAuth`, Envoy `ext_authz`):
 * 200 with headers that say whose token it is, 401, 403, 503.
 *
 * `/verify?scope=…&beyond=…` demands what its query says, `/policies/<name>` what the policy of this name says. Both paths may go on: Envoy
 * appends that of the request. Then the query is the client's own and is not looked at, nor is any header but Authorization.
 */
export function createSidecar({ verifier, policies, metrics }: SidecarNeeds): RequestListener {
  const findJudge = createJudges(verifier, policies)
  const answers: Readonly<Record<string, Answer>> = {
    '/healthz': (_request, response) => send(response, 200, { status: 'ok' }),
    '/readyz': (_request, response) => answerReadiness(verifier, response),
    '/metrics': (_request, response) => void response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics.format()),
  }

  async function verify(judge: JudgeRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const decision = await judge(request.headers.authorization)
    metrics.decided(decision)
    if (decision.passes) response.writeHead(200, { ...claimHeaders(decision.claims), 'content-length': 0 }).end()
    // Proxies that ask take 401 and 403 for refusals, and most else for a failure of theirs.
    else refuse(response, decision.status === 400 ? { ...decision, status: 401 } : decision)
  }

  return (request, response) => {
    // What a proxy sends along of the request is not looked at.
    request.resume()
    const [path = '', query = ''] = splitTarget(request.url ?? '')
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined
    if (answer !== undefined) return void answer(request, response)
    const judge = findJudge(path, query)
    if (judge === undefined) return send(response, 404, { error: 'not_found' })
    verify(judge, request, response).catch(() => send(response, 503, { error: 'temporarily_unavailable' }))
  }
}

function splitTarget(target: string): readonly string[] {
  const mark = target.indexOf('?')
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)]
}

/** Queries are the proxy's configuration: there are few of them. */
const MOST_QUERIES = 1000

function createJudges(verifier: SidecarNeeds['verifier'], policies: Policies): (path: string, query: string) => JudgeRequest | undefined {
  const named = new Map(Object.entries(policies).map(([name, options]) => [name, createRequestJudge(verifier, options)]))
  const plain = createRequestJudge(verifier)
  const asked = new Map<string, JudgeRequest>()

  function byQuery(query: string): JudgeRequest | undefined {
    const known = asked.get(query)
    const options = known === undefined ? parseQuery(query) : undefined
    if (options === undefined) return known
    const judge = createRequestJudge(verifier, options)
    if (asked.size < MOST_QUERIES) asked.set(query, judge)
    return judge
  }

  return (path, query) => {
    if (path === '/verify') return query === '' ? plain : byQuery(query)
    if (path.startsWith('/verify/')) return plain
    const [, policy] = /^\/policies\/([\w-]+)(?:\/|$)/.exec(path) ?? []
    return policy === undefined ? undefined : named.get(policy)
  }
}

/** @returns undefined for anything but `scope` and `beyond`, once each: a demand that is misspelt must not be no demand. */
function parseQuery(query: string): GuardOptions | undefined {
  const parameters = new URLSearchParams(query)
  const names = [...parameters.keys()]
  if (names.length !== new Set(names).size || names.some((name) => name !== 'scope' && name !== 'beyond')) return undefined
  const scope = parameters.get('scope') ?? ''
  const beyond = parameters.get('beyond')
  if (parseScopes(scope) === undefined) return undefined
  try {
    return beyond === null ? { scope } : { scope, beyond: parseBeyond(beyond) }
  } catch {
    return undefined
  }
}

function answerReadiness(verifier: SidecarNeeds['verifier'], response: ServerResponse): void {
  const { state, seq, ageMs } = verifier.staleness()
  const isLoading = state === 'loading'
  const status = isLoading ? 'loading' : state === 'fresh' ? 'ok' : 'degraded'
  send(response, isLoading ? 503 : 200, { status, feed: state, seq, age_ms: isLoading ? null : Math.round(ageMs) })
}

/** Visible ASCII; what is not is percent-encoded as UTF-8, and so is `%` itself. */
const headerText = (text: string): string => text.replace(/[^\x20-\x24\x26-\x7e]/gu, (one) => encodeURIComponent(one))

function claimHeaders(claims: AccessTokenClaims): Readonly<Record<string, string>> {
  return {
    'x-jeton-subject': headerText(claims.subject),
    'x-jeton-subject-type': claims.authorizedType,
    'x-jeton-client': headerText(claims.clientId),
    'x-jeton-scope': headerText(claims.scopes.join(' ')),
    'x-jeton-token-id': headerText(claims.tokenId),
    'x-jeton-expires': String(claims.expiresAt),
    ...(claims.grantId !== undefined && { 'x-jeton-grant': headerText(claims.grantId) }),
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', 'content-length': Buffer.byteLength(text) }).end(text)
}
