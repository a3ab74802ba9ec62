import { createTokenVerifier, type TokenVerifier } from '../../src/gateway/index.js'
import { AUDIENCE, CLIENT, signToken } from '../verification/signed-tokens.js'
import { entry, fail, heartbeat, json, type ScriptedServer, snapshot, startScriptedServer, stream } from './scripted-server.js'

const QUIET = 'f3b0a1d2-0000-4000-8000-0000000000aa'
const MAX = 1000

let server: ScriptedServer
let verifier: TokenVerifier

/** A gateway that has been told of three times as many tokens of one client as it may hold, and of one of another. */
beforeEach(async () => {
  server = await startScriptedServer()
  const loud = Array.from({ length: 3 * MAX }, (_, n) => entry(n + 2, `loud-${n}`, { client: CLIENT }))
  server.on('/revocations/snapshot', snapshot(3 * MAX + 1, [entry(1, 'quiet', { client: QUIET }), ...loud]))
  server.on('/revocations/changes', stream(heartbeat(3 * MAX + 1)))
  verifier = await createTokenVerifier({
    issuer: server.url,
    audience: AUDIENCE,
    feed: { url: server.url, clientId: 'gateway', clientSecret: 'secret', maxEntries: MAX },
  })
})

afterEach(async () => {
  await verifier.close()
  await server.close()
})

function freshToken(claims: Record<string, unknown>): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return signToken({ iss: server.url, iat: now - 10, exp: now + 600, grant_iat: now - 10, ...claims })
}

async function reasonOf(token: Record<string, unknown> | string, beyond?: 'open' | 'closed'): Promise<string> {
  const presented = typeof token === 'string' ? token : await freshToken(token)
  const verdict = await verifier.verify(presented, beyond === undefined ? {} : { beyond })
  return verdict.accepted ? 'accepted' : verdict.reason
}

const introspections = (): number => server.asked.filter((url) => url === '/oauth2/introspect').length

it('asks the server about the tokens of that client only, whether they were revoked or not', async () => {
  server.on('/oauth2/introspect', json({ active: false }), json({ active: true }))
  expect([await reasonOf({ jti: 'loud-0' }), await reasonOf({ jti: 'good' }), introspections()]).toEqual(['revoked', 'accepted', 2])
  const ofOthers = [await reasonOf({ jti: 'quiet', client_id: QUIET }), await reasonOf({ jti: 'other', client_id: QUIET })]
  expect([...ofOthers, introspections()]).toEqual(['revoked', 'accepted', 2])
})

it('asks each time, for a token that was found good before too', async () => {
  server.on('/oauth2/introspect', json({ active: true }), json({ active: true }), json({ active: false }))
  const token = await freshToken({})
  expect([await reasonOf(token), await reasonOf(token), await reasonOf(token)]).toEqual(['accepted', 'accepted', 'revoked'])
})

it.each(['open', 'closed'] as const)('does not accept such a token while the server is away, by the policy %s either', async (beyond) => {
  server.on('/oauth2/introspect', fail(503))
  expect(await reasonOf({ jti: 'loud-0' }, beyond)).toBe('stale')
})
