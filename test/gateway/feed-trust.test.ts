import { generateKeyPairSync } from 'node:crypto'
import { createTokenVerifier, type GatewayEvent, type TokenVerifier, type TokenVerifierOptions } from '../../src/gateway/index.js'
import { createLogDigest } from '../../src/verification/log-digest.js'
import { AUDIENCE, JTI, signToken } from '../verification/signed-tokens.js'
import { entry, event, eventually, heartbeat, json, raw, type ScriptedServer, snapshot, startScriptedServer, stream } from './scripted-server.js'
import { BUCKET, detached, signedFeed } from './signed-feed.js'

const OTHER = '00000000-0000-4000-8000-000000000001'
const SNAPSHOT = '/revocations/snapshot'
const CHANGES = '/revocations/changes'

let server: ScriptedServer
let verifier: TokenVerifier
let events: GatewayEvent[]
let feed: ReturnType<typeof signedFeed>

beforeEach(async () => {
  server = await startScriptedServer()
  feed = signedFeed(server.url)
  events = []
})

afterEach(async () => {
  await verifier.close()
  await server.close()
})

async function start(parts: Partial<TokenVerifierOptions['feed']> = {}): Promise<void> {
  verifier = await createTokenVerifier({
    issuer: server.url,
    audience: AUDIENCE,
    feed: { url: server.url, clientId: 'gateway', clientSecret: 'secret', ...parts },
    onEvent: (one) => events.push(one),
  })
}

async function reasonOf(claims: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const verdict = await verifier.verify(await signToken({ iss: server.url, iat: now - 10, exp: now + 600, grant_iat: now - 10, ...claims }))
  return verdict.accepted ? 'accepted' : verdict.reason
}

const untrusted = (): readonly string[] => events.flatMap((one) => (one.type === 'untrusted' ? [one.message] : []))

describe('a signed feed', () => {
  it('is followed, in the compact form', async () => {
    const log = [entry(1, OTHER), entry(2, JTI, { client: 'shop' })]
    server.on(SNAPSHOT, feed.snapshot(1, log.slice(0, 1)))
    server.on(CHANGES, stream(feed.heartbeat(1, log.slice(0, 1)), ...log.slice(1).map((one) => event(one)), feed.heartbeat(2, log)))
    await start({ requireSignature: true })
    await eventually(() => verifier.staleness().seq === 2)
    expect([await reasonOf(), await reasonOf({ jti: 'x' }), verifier.staleness().state]).toEqual(['revoked', 'accepted', 'fresh'])
    expect(events.map(({ type }) => type)).toEqual(['snapshot'])
  })

  it.each([
    ['without a signature', () => snapshot(1)],
    ['signed by somebody else', () => signedFeed(server.url, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).snapshot(1)],
    ['signed for another issuer', () => signedFeed('https://other.test').snapshot(1)],
  ])('is not believed a snapshot %s', async (_what, bad) => {
    server.on(SNAPSHOT, bad(), bad(), feed.snapshot(2, [entry(2, JTI)]))
    server.on(CHANGES, stream(feed.heartbeat(2, [entry(2, JTI)])))
    await start({ requireSignature: true })
    await eventually(() => verifier.staleness().state === 'fresh')
    expect([await reasonOf(), untrusted().length, verifier.staleness().seq]).toEqual(['revoked', 2, 2])
  })

  it.each([
    ['without a signature', () => heartbeat(1)],
    ['with that of another moment', () => feed.heartbeat(1).replace(/"confirmed_at":\d+/, `"confirmed_at":${Math.floor(Date.now() / 1000) + 1}`)],
    ['with the signature of a snapshot', () => feed.heartbeat(1, [], { signature: detached('jeton-snapshot', 'x') })],
    ['with an access token for a signature', () => feed.heartbeat(1, [], { signature: 'a.b.c' })],
    ['signed for another issuer', () => signedFeed('https://other.test').heartbeat(1)],
  ])('is not believed a heartbeat %s, after the first signed one', async (_what, bad) => {
    server.on(SNAPSHOT, feed.snapshot(1))
    server.on(CHANGES, stream(feed.heartbeat(1), bad()), stream())
    await start()
    await eventually(() => untrusted().length === 1)
    expect(verifier.staleness().problem).toContain('jeton-heartbeat')
  })

  it('is not believed a head that was confirmed in the future', async () => {
    server.on(SNAPSHOT, feed.snapshot(1))
    server.on(CHANGES, stream(feed.heartbeat(1, [], { confirmedAtMs: Date.now() + 3_600_000 })))
    await start()
    expect([await reasonOf(), verifier.staleness().problem]).toEqual(['not_ready', expect.stringContaining('future')])
  }, 15_000)

  it('tells of the hours in which what is known differs, and begins anew', async () => {
    const [told, withheld] = [entry(1, OTHER), entry(1, JTI)]
    const digest = createLogDigest()
    digest.add(withheld)
    const sums = Object.fromEntries(digest.sums(BUCKET).sums)
    server.on(SNAPSHOT, feed.snapshot(0), feed.snapshot(1, [withheld]))
    server.on(CHANGES, stream(event(told), feed.heartbeat(1, [withheld])), stream(feed.heartbeat(1, [withheld])))
    server.on('/revocations/digests', json({ epoch: '1763680000000', seq: 1, from_bucket: BUCKET, digests: sums }))
    await start()
    await eventually(() => verifier.staleness().state === 'fresh')
    expect(await reasonOf()).toBe('revoked')
    expect(events.find(({ type }) => type === 'digest_differs')).toEqual({ type: 'digest_differs', buckets: [BUCKET + 1] })
  })

  it('is followed on when a listener throws', async () => {
    server.on(SNAPSHOT, snapshot(1), feed.snapshot(1))
    server.on(CHANGES, stream(feed.heartbeat(1)))
    verifier = await createTokenVerifier({
      issuer: server.url,
      audience: AUDIENCE,
      feed: { url: server.url, clientId: 'gateway', clientSecret: 'secret', requireSignature: true },
      onEvent() {
        throw new Error('the listener is out of order')
      },
    })
    await eventually(() => verifier.staleness().state === 'fresh')
  })

  it('may repeat what it said, and floods do no harm', async () => {
    const log = Array.from({ length: 2000 }, (_, n) => entry(n + 1, `t${n}`))
    server.on(SNAPSHOT, feed.snapshot(0))
    const twice = log.flatMap((one, n) => [event(one), ...(n > 0 ? [event(log[n - 1] ?? one)] : [])]).join('')
    server.on(CHANGES, raw(twice, 'text/event-stream'), stream(feed.heartbeat(2000, log)))
    await start({ maxEntries: 1000 })
    await eventually(() => verifier.staleness().state === 'fresh')
    expect([verifier.staleness().seq, verifier.counts().entries <= 1000]).toEqual([2000, true])
  })
})
