import { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from '../../src/gateway/index.js'
import { AUDIENCE, CLIENT, JTI, signToken } from '../verification/signed-tokens.js'
import {
  EPOCH,
  entry,
  event,
  eventually,
  fail,
  heartbeat,
  json,
  raw,
  type ScriptedServer,
  snapshot,
  startScriptedServer,
  stream,
} from './scripted-server.js'

const OTHER = '00000000-0000-4000-8000-000000000001'
const SNAPSHOT = '/revocations/snapshot'
const CHANGES = '/revocations/changes'

let server: ScriptedServer
let verifier: TokenVerifier | undefined

beforeEach(async () => {
  server = await startScriptedServer()
})

afterEach(async () => {
  await verifier?.close()
  verifier = undefined
  await server.close()
})

async function start(feed: Partial<TokenVerifierOptions['feed']> = {}, more: Partial<TokenVerifierOptions> = {}): Promise<TokenVerifier> {
  verifier = await createTokenVerifier({
    issuer: server.url,
    audience: AUDIENCE,
    feed: { url: server.url, clientId: 'gate:way', clientSecret: 's%/ cret', ...feed },
    ...more,
  })
  return verifier
}

function freshToken(claims: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return signToken({ iss: server.url, iat: now - 10, exp: now + 600, grant_iat: now - 10, ...claims })
}

async function reasonOf(token: string, options?: Parameters<TokenVerifier['verify']>[1]): Promise<string> {
  const verdict = await verifier?.verify(token, options)
  return verdict === undefined ? 'no verifier' : verdict.accepted ? 'accepted' : verdict.reason
}

const countOf = (path: string): number => server.asked.filter((url) => url.startsWith(path)).length

/** Beats twice a second on every open stream with what `head` says. */
function keepBeating(head: () => string): () => void {
  const timer = setInterval(() => {
    for (const response of server.streams) response.write(head())
  }, 250)
  return () => clearInterval(timer)
}

describe('in the normal course', () => {
  it('accepts a good token and refuses it as soon as the feed has told of its revocation, cached or not', async () => {
    server.on(SNAPSHOT, snapshot(3, [entry(2, OTHER)]))
    server.on(CHANGES, stream(heartbeat(3)))
    await start()
    const [token, other] = [await freshToken(), await freshToken({ jti: OTHER })]
    expect(await verifier?.verify(token)).toMatchObject({ accepted: true, claims: { tokenId: JTI, clientId: CLIENT, scopes: ['read', 'write'] } })
    expect([await reasonOf(token), await reasonOf(other)]).toEqual(['accepted', 'revoked'])
    for (const response of server.streams) response.write(event(entry(4, JTI)))
    await eventually(async () => (await reasonOf(token)) === 'revoked')
    expect(verifier?.staleness()).toMatchObject({ seq: 4, state: 'fresh', problem: undefined })
    expect(server.asked.filter((url) => url.startsWith(CHANGES))).toEqual([`${CHANGES}?since=${EPOCH}:3`])
  })

  it('reads the keys once for many tokens at once', async () => {
    server.on(SNAPSHOT, snapshot(0))
    server.on(CHANGES, stream(heartbeat(0)))
    await start()
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => freshToken({ jti: `t${n}` })))
    expect(new Set(await Promise.all(tokens.map((token) => reasonOf(token))))).toEqual(new Set(['accepted']))
    expect(countOf('/oauth2/jwks')).toBe(1)
  })

  it('gets its own token by client_credentials with both parts form-encoded (RFC 6749 §2.3.1), and a new one when it is refused', async () => {
    server.on('/oauth2/token', json({ access_token: 'first', expires_in: 3600 }), json({ access_token: 'second', expires_in: 3600 }))
    server.on(SNAPSHOT, fail(401), snapshot(0))
    server.on(CHANGES, stream(heartbeat(0)))
    await start()
    expect(verifier?.staleness().state).toBe('fresh')
    const [asked] = server.seen.filter(({ path }) => path === '/oauth2/token')
    expect(asked?.body).toBe('grant_type=client_credentials&scope=revocation_feed')
    expect(asked?.authorization).toBe(`Basic ${Buffer.from('gate%3Away:s%25%2F+cret').toString('base64')}`)
    expect(server.seen.filter(({ path }) => path === SNAPSHOT).map(({ authorization }) => authorization)).toEqual(['Bearer first', 'Bearer second'])
  })

  it('reads the feed from a URL with or without its path, and finds the endpoints beside it where the issuer has no metadata', async () => {
    server.on('/.well-known/oauth-authorization-server', fail(404))
    server.on(SNAPSHOT, snapshot(0))
    server.on(CHANGES, stream(heartbeat(0)))
    await start({ url: `${server.url}/revocations/snapshot` })
    expect(await reasonOf(await freshToken())).toBe('accepted')
  })

  it('does not use metadata of another issuer (RFC 8414 §3.3)', async () => {
    server.on('/.well-known/oauth-authorization-server', json({ issuer: 'https://evil.test', token_endpoint: `${server.url}/evil` }))
    server.on(SNAPSHOT, snapshot(0))
    server.on(CHANGES, stream(heartbeat(0)))
    await start()
    expect(countOf('/evil')).toBe(0)
    expect(verifier?.staleness().state).toBe('fresh')
  })

  it('judges exp by the time of the server', async () => {
    server.on(SNAPSHOT, snapshot(0))
    server.on(CHANGES, stream(heartbeat(0, { aheadMs: 700_000 })))
    await start()
    expect(await reasonOf(await freshToken())).toBe('expired')
  })

  it('refuses a token in the cache once it has expired', async () => {
    server.on(SNAPSHOT, snapshot(0))
    server.on(CHANGES, stream(heartbeat(0)))
    await start()
    const token = await freshToken({ exp: Math.floor(Date.now() / 1000) + 2 })
    expect(await reasonOf(token)).toBe('accepted')
    await eventually(async () => (await reasonOf(token)) === 'expired')
  })
})

describe('when the feed does not fit together', () => {
  it('begins anew after 410, and applies what the new snapshot has', async () => {
    server.on(SNAPSHOT, snapshot(1), snapshot(5, [entry(4, JTI)]))
    server.on(CHANGES, fail(410), stream(heartbeat(5)))
    await start()
    expect(await reasonOf(await freshToken())).toBe('revoked')
    expect(verifier?.staleness().seq).toBe(5)
  })

  it.each([
    ['an entry after a gap', () => [heartbeat(1), event(entry(3, OTHER))]],
    ['a heartbeat whose head is further than the entries led', () => [heartbeat(1), heartbeat(2)]],
    ['an entry of another epoch', () => [heartbeat(1), event(entry(2, OTHER), '1763680000001')]],
    ['a heartbeat that is no JSON', () => [heartbeat(1), 'event: heartbeat\ndata: {\n\n']],
    ['an entry of an unknown kind', () => [heartbeat(1), event({ ...entry(2, OTHER), kind: 'tenant' as 'token' })]],
    ['an entry whose id is another place', () => [heartbeat(1), event(entry(2, OTHER)).replace(':2\n', ':3\n')]],
    ['bytes that are no UTF-8', () => [heartbeat(1), Buffer.from([0xff, 0x0a]) as unknown as string]],
  ])('begins anew after %s', async (_what, pieces) => {
    server.on(SNAPSHOT, snapshot(1), snapshot(3, [entry(2, JTI)]))
    server.on(CHANGES, stream(...pieces()), stream(heartbeat(3)))
    await start()
    await eventually(() => verifier?.staleness().seq === 3)
    expect(await reasonOf(await freshToken())).toBe('revoked')
    expect(countOf(SNAPSHOT)).toBe(2)
  })

  it.each([
    ['a lower seq', () => snapshot(4)],
    ['an earlier epoch', () => snapshot(900, [], '1763679999999')],
  ])('never takes a snapshot with %s: what was revoked stays revoked', async (_what, older) => {
    server.on(SNAPSHOT, snapshot(5, [entry(5, JTI)]), older(), older(), snapshot(6, [entry(5, JTI)]))
    server.on(CHANGES, stream(heartbeat(5), heartbeat(4)), stream(heartbeat(6)))
    await start()
    const token = await freshToken()
    const seen = new Set<string>()
    await eventually(async () => {
      seen.add(await reasonOf(token))
      return verifier?.staleness().seq === 6
    })
    expect([...seen]).toEqual(['revoked'])
    expect(countOf(SNAPSHOT)).toBe(4)
  })

  it('takes a later epoch although its seq is lower', async () => {
    server.on(SNAPSHOT, snapshot(5), snapshot(1, [entry(1, JTI)], '1763680000001'))
    server.on(CHANGES, fail(410), stream(heartbeat(1, { epoch: '1763680000001' })))
    await start()
    expect(await reasonOf(await freshToken())).toBe('revoked')
  })

  it.each([
    ['without its last line', (text: string) => text.replace(/\{"end".*\n/, '')],
    ['with a line less than it says', (text: string) => text.replace(/\{"seq":2,.*\n/, '')],
    ['that is cut within a line', (text: string) => text.slice(0, -4)],
    ['with entries out of order', (text: string) => text.replace('"seq":2,', '"seq":9,')],
  ])('does not take a snapshot %s', async (_what, damage) => {
    let whole = ''
    snapshot(3, [entry(2, OTHER), entry(3, JTI)])({} as never, { writeHead: () => ({ end: (text: string) => (whole = text) }) } as never)
    server.on(SNAPSHOT, raw(damage(whole), 'application/x-ndjson'), snapshot(3, [entry(2, OTHER), entry(3, JTI)]))
    server.on(CHANGES, stream(heartbeat(3)))
    await start()
    expect([await reasonOf(await freshToken()), countOf(SNAPSHOT)]).toEqual(['revoked', 2])
  })

  it('connects anew, from where it was, when the stream ends', async () => {
    server.on(SNAPSHOT, snapshot(1))
    server.on(CHANGES, raw(heartbeat(1) + event(entry(2, OTHER)), 'text/event-stream'), stream(event(entry(3, JTI)), heartbeat(3)))
    await start()
    await eventually(() => verifier?.staleness().seq === 3)
    expect(server.asked.filter((url) => url.startsWith('/revocations/'))).toEqual([
      SNAPSHOT,
      `${CHANGES}?since=${EPOCH}:1`,
      `${CHANGES}?since=${EPOCH}:2`,
    ])
  })

  it('asks once more for where the server is when it was told much first, and is fresh at once', async () => {
    server.on(SNAPSHOT, snapshot(1))
    const told = stream(event(entry(2, OTHER)))
    const slowly: typeof told = (request, response) => {
      told(request, response)
      setTimeout(() => response.write(heartbeat(2)), 2200)
    }
    server.on(CHANGES, slowly, stream(heartbeat(2)))
    await start({ soft: '1s' })
    expect([verifier?.staleness().state, countOf(CHANGES)]).toEqual(['fresh', 2])
    expect(verifier?.staleness().ageMs).toBeLessThan(1000)
  })

  it('counts silence from an answer that came late, not from before it', async () => {
    server.on(SNAPSHOT, snapshot(1))
    const late: ReturnType<typeof stream> = (request, response) => {
      setTimeout(() => stream()(request, response), 2000)
      setTimeout(() => response.write(heartbeat(1)), 4000)
    }
    server.on(CHANGES, late, stream(heartbeat(1)))
    const problems: string[] = []
    await start({}, { onEvent: (one) => void (one.type === 'feed_problem' && problems.push(one.message)) })
    expect([problems, countOf(CHANGES)]).toEqual([['the heartbeats come late'], 2])
  })

  it('connects anew when nothing is heard for three seconds', async () => {
    server.on(SNAPSHOT, snapshot(1))
    server.on(CHANGES, stream(heartbeat(1)))
    await start()
    await eventually(() => countOf(CHANGES) > 1)
    expect(countOf(SNAPSHOT)).toBe(1)
  }, 15_000)
})

describe('readiness and age', () => {
  it('is not ready before the first snapshot, and becomes so by itself', async () => {
    server.on(SNAPSHOT, fail(503))
    server.on(CHANGES, stream(heartbeat(0)))
    await start()
    expect([await reasonOf(await freshToken()), verifier?.staleness().state]).toEqual(['not_ready', 'loading'])
    expect(verifier?.staleness().problem).toContain('503')
    server.on(SNAPSHOT, snapshot(0))
    const stop = keepBeating(() => heartbeat(0))
    await eventually(() => verifier?.staleness().state === 'fresh')
    stop()
    expect(await reasonOf(await freshToken())).toBe('accepted')
  }, 20_000)

  it('is not ready for a token whose keys cannot be had', async () => {
    server.on('/oauth2/jwks', fail(500))
    server.on(SNAPSHOT, snapshot(0))
    server.on(CHANGES, stream(heartbeat(0)))
    await start()
    expect(await reasonOf(await freshToken())).toBe('not_ready')
  })

  it('counts its age from when the database confirmed the head, not from arrival', async () => {
    server.on(SNAPSHOT, snapshot(0))
    server.on(CHANGES, stream(heartbeat(0, { ageMs: 7000 })))
    await start()
    expect(verifier?.staleness().state).toBe('soft')
    expect(verifier?.staleness().ageMs).toBeGreaterThanOrEqual(7000)
    expect(await reasonOf(await freshToken())).toBe('accepted')
  })

  it('beyond hard it is closed, open or asks the server, as the verifier or the call says', async () => {
    server.on(SNAPSHOT, snapshot(0))
    server.on(CHANGES, stream(heartbeat(0, { ageMs: 70_000 })))
    server.on('/oauth2/introspect', json({ active: true }), json({ active: false }), fail(503))
    await start({ beyond: 'closed' })
    const token = await freshToken()
    expect(verifier?.staleness().state).toBe('hard')
    expect([await reasonOf(token), await reasonOf(token, { beyond: 'open' })]).toEqual(['stale', 'accepted'])
    const introspected = [await reasonOf(token, { beyond: 'introspect' }), await reasonOf(token, { beyond: 'introspect' })]
    expect([...introspected, await reasonOf(token, { beyond: 'introspect' })]).toEqual(['accepted', 'revoked', 'stale'])
    const [asked] = server.seen.filter(({ path }) => path === '/oauth2/introspect')
    expect(asked?.body).toBe(`token=${token}&token_type_hint=access_token`)
  })

  it('does not ask the server for what it can refuse itself', async () => {
    server.on(SNAPSHOT, snapshot(1, [entry(1, JTI)]))
    server.on(CHANGES, stream(heartbeat(1, { ageMs: 70_000 })))
    server.on('/oauth2/introspect', json({ active: true }))
    await start()
    expect([await reasonOf(await freshToken()), countOf('/oauth2/introspect')]).toEqual(['revoked', 0])
  })

  it('grows old after it was closed, and lets go of the connection', async () => {
    server.on(SNAPSHOT, snapshot(0))
    server.on(CHANGES, stream(heartbeat(0)))
    await start({ soft: '50ms', hard: '100ms', beyond: 'closed' })
    await verifier?.close()
    await eventually(() => server.streams.size === 0)
    await eventually(async () => (await reasonOf(await freshToken())) === 'stale')
  })
})

describe('options', () => {
  const good: TokenVerifierOptions = { issuer: 'https://a.test', audience: 'x', feed: { url: 'https://a.test', clientId: 'a', clientSecret: 'b' } }

  it.each([
    ['issuer', { ...good, issuer: 'a.test' }],
    ['audience', { ...good, audience: [] }],
    ['audience', { ...good, audience: '' }],
    ['clockTolerance', { ...good, clockTolerance: -1 }],
    ['jwksUri', { ...good, jwksUri: 'file:///etc/passwd' }],
    ['feed.url', { ...good, feed: { ...good.feed, url: '' } }],
    ['feed.clientId', { ...good, feed: { ...good.feed, clientId: '' } }],
    ['feed.soft', { ...good, feed: { ...good.feed, soft: '5' } }],
    ['feed.hard', { ...good, feed: { ...good.feed, hard: '0s' } }],
    ['feed.soft', { ...good, feed: { ...good.feed, soft: '2m' } }],
    ['feed.maxEntries', { ...good, feed: { ...good.feed, maxEntries: 10 } }],
    ['cacheTokens', { ...good, cacheTokens: 1.5 }],
    ['beyond', { ...good, feed: { ...good.feed, beyond: 'maybe' as 'open' } }],
  ])('a wrong %s is refused by name', async (option, options) => {
    await expect(createTokenVerifier(options)).rejects.toThrow(option)
  })
})
