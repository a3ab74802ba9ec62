import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AccessTokenClaims, Staleness, TokenVerifier, Verdict } from '../../src/gateway/index.js'
import { createSidecar } from '../../src/gateway/sidecar.js'
import { createSidecarMetrics } from '../../src/gateway/sidecar-metrics.js'
import { parseAccessTokenClaims } from '../../src/verification/access-token-claims.js'
import { CLIENT, goodClaims, JTI } from '../verification/signed-tokens.js'

const claims = parseAccessTokenClaims(goodClaims, 'k1' as never) as AccessTokenClaims
const POLICIES = { orders: { scope: 'read', beyond: 'closed' }, admin: { scope: 'admin' } } as const

let server: Server
let url: string
let verdict: Verdict | Error
let staleness: Staleness
let asked: unknown[]

beforeEach(async () => {
  verdict = { accepted: true, claims }
  staleness = { seq: 7, ageMs: 12, state: 'fresh', problem: undefined }
  asked = []
  const verifier: Pick<TokenVerifier, 'verify' | 'staleness' | 'counts'> = {
    verify: async (...question) => {
      asked.push(question)
      if (verdict instanceof Error) throw verdict
      return verdict
    },
    staleness: () => staleness,
    counts: () => ({ entries: 3, coarse: 1, exposedKeys: 0 }),
  }
  const metrics = createSidecarMetrics()
  metrics.observe(verifier)
  server = createServer(createSidecar({ verifier, policies: POLICIES, metrics }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => new Promise((resolve) => server.close(resolve)))

const ask = (path: string, headers: Record<string, string> = { authorization: 'Bearer a.b.c' }, init: RequestInit = {}): Promise<Response> =>
  fetch(`${url}${path}`, { headers, ...init })

it('answers 200 for a good token, with headers that say whose it is', async () => {
  const { status, headers } = await ask('/verify')
  expect(status).toBe(200)
  expect(Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-jeton-')))).toEqual({
    'x-jeton-subject': CLIENT,
    'x-jeton-subject-type': 'APPLICATION',
    'x-jeton-client': CLIENT,
    'x-jeton-scope': 'read write',
    'x-jeton-token-id': JTI,
    'x-jeton-expires': String(claims.expiresAt),
    'x-jeton-grant': goodClaims.grant_id,
  })
})

it('lets no claim write a header of its own', async () => {
  verdict = { accepted: true, claims: { ...claims, subject: 'a\r\nX-Admin: 1 %é' as never } }
  const { headers } = await ask('/verify')
  expect([headers.get('x-jeton-subject'), headers.get('x-admin')]).toEqual(['a%0D%0AX-Admin: 1 %25%C3%A9', null])
})

it.each([
  ['no token', {}, { accepted: true, claims }, 401, 'Bearer'],
  [
    'a malformed header, which proxies take for a failure otherwise',
    { authorization: 'Bearer é' },
    { accepted: true, claims },
    401,
    'Bearer error="invalid_request"',
  ],
  ['a revoked token', { authorization: 'Bearer a' }, { accepted: false, reason: 'revoked' }, 401, 'Bearer error="invalid_token"'],
  ['a token while nothing is known', { authorization: 'Bearer a' }, { accepted: false, reason: 'not_ready' }, 503, null],
  ['a token while what is known is too old', { authorization: 'Bearer a' }, { accepted: false, reason: 'stale' }, 503, null],
] as const)('answers %s as it should', async (_what, headers, given, status, challenge) => {
  verdict = given
  const response = await ask('/verify', { ...headers })
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([status, challenge])
})

it('answers 503, and never 200, when the verifier fails', async () => {
  verdict = new Error('out of order')
  expect((await ask('/verify')).status).toBe(503)
})

it.each([
  ['/verify?scope=read%20write', 200],
  ['/verify?scope=read&beyond=open', 200],
  ['/verify?scope=admin', 403],
  ['/policies/orders', 200],
  ['/policies/orders/v1/items?scope=', 200],
  ['/policies/admin', 403],
  ['/policies/admin/?scope=read', 403],
  ['/verify/v1/items?scope=admin', 200],
])('%s demands what it says: %d', async (path, status) => {
  expect((await ask(path)).status).toBe(status)
})

it.each([
  '/verify?scpoe=admin',
  '/verify?scope=a&scope=b',
  '/verify?scope=a%20%20b',
  '/verify?beyond=maybe',
  '/policies/unknown',
  '/policies/',
  '/policies/__proto__',
  '/',
  '/verifyx',
  '/constructor',
])('does not let pass what is misspelt: %s', async (path) => {
  expect((await ask(path)).status).toBe(404)
  expect(asked).toEqual([])
})

it('asks by the policy of the route', async () => {
  await ask('/policies/orders')
  await ask('/verify?beyond=introspect')
  expect(asked).toEqual([
    ['a.b.c', { beyond: 'closed' }],
    ['a.b.c', { beyond: 'introspect' }],
  ])
})

it('answers whatever the method is, and looks at no body', async () => {
  expect((await ask('/verify', undefined, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(200)
})

it.each([
  ['loading', 503, 'loading'],
  ['fresh', 200, 'ok'],
  ['soft', 200, 'degraded'],
  ['hard', 200, 'degraded'],
] as const)('is ready as its feed is: %s', async (state, status, said) => {
  staleness = { ...staleness, state, ageMs: state === 'loading' ? Number.POSITIVE_INFINITY : 12 }
  const response = await ask('/readyz')
  expect([response.status, await response.json()]).toEqual([status, { status: said, feed: state, seq: 7, age_ms: state === 'loading' ? null : 12 }])
  expect((await ask('/healthz')).status).toBe(200)
})

it('counts what it has answered, without anything of a token', async () => {
  await ask('/verify')
  verdict = { accepted: false, reason: 'revoked' }
  await ask('/verify')
  await ask('/verify')
  const text = await (await ask('/metrics')).text()
  expect(text).toContain('jeton_gateway_decisions_total{status="200",reason="accepted"} 1\n')
  expect(text).toContain('jeton_gateway_decisions_total{status="401",reason="revoked"} 2\n')
  expect(text).toContain('jeton_gateway_feed_state{state="fresh"} 1\n')
  expect(text).toContain('jeton_gateway_revocations 3\n')
  expect(text).not.toContain('a.b.c')
})
