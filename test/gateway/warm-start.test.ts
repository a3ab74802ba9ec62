import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFeedKnowledge } from '../../src/gateway/feed-knowledge.js'
import { NO_OBSERVER } from '../../src/gateway/gateway-events.js'
import { createTokenVerifier, type GatewayEvent, type TokenVerifier, type TokenVerifierOptions } from '../../src/gateway/index.js'
import { BadSnapshotFile, createSnapshotFile, type SnapshotFile } from '../../src/gateway/snapshot-file.js'
import { createWarmStart } from '../../src/gateway/warm-start.js'
import { AUDIENCE, JTI, signToken } from '../verification/signed-tokens.js'
import { EPOCH, entry, event, eventually, fail, heartbeat, type ScriptedServer, startScriptedServer, stream } from './scripted-server.js'
import { signedFeed } from './signed-feed.js'

const SNAPSHOT = '/revocations/snapshot'
const CHANGES = '/revocations/changes'
const LOG = [entry(1, JTI)]

let server: ScriptedServer
let folder: string
let file: string
let verifier: TokenVerifier
let events: GatewayEvent[]
let feed: ReturnType<typeof signedFeed>

beforeEach(async () => {
  server = await startScriptedServer()
  folder = mkdtempSync(join(tmpdir(), 'jeton-gateway-'))
  file = join(folder, 'revocations')
  events = []
  feed = signedFeed(server.url)
  server.on(SNAPSHOT, feed.snapshot(1, LOG))
  server.on(CHANGES, stream(feed.heartbeat(1, LOG)))
})

afterEach(async () => {
  await verifier.close()
  await server.close()
  rmSync(folder, { recursive: true })
})

async function start(parts: Partial<TokenVerifierOptions['feed']> = {}): Promise<void> {
  events = []
  verifier = await createTokenVerifier({
    issuer: server.url,
    audience: AUDIENCE,
    feed: { url: server.url, clientId: 'gateway', clientSecret: 'secret', snapshotFile: file, ...parts },
    onEvent: (one) => events.push(one),
  })
}

/** A gateway has run, has written its file, and has ended. */
async function runOnce(): Promise<void> {
  await start()
  await eventually(() => readdirSync(folder).length === 2)
  await verifier.close()
}

const awayFromNow = (): void => {
  for (const path of [SNAPSHOT, CHANGES, '/oauth2/jwks', '/oauth2/token', '/oauth2/introspect']) server.on(path, fail(503))
}

async function reasonOf(claims: Record<string, unknown> = {}, beyond: 'open' | 'closed' = 'closed'): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const token = await signToken({ iss: server.url, iat: now - 10, exp: now + 600, grant_iat: now - 10, ...claims })
  const verdict = await verifier.verify(token, { beyond })
  return verdict.accepted ? 'accepted' : verdict.reason
}

const problems = (): readonly string[] => events.flatMap((one) => (one.type === 'file_problem' ? [one.message] : []))

it('keeps a snapshot once it is confirmed, for the owner only, and nothing beside it but the mark', async () => {
  await runOnce()
  expect(readdirSync(folder).sort()).toEqual(['revocations', 'revocations.mark'])
  expect(readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600])
  expect(readFileSync(file, 'latin1')).toContain('"signature":"')
})

it('begins with it while the server is away: stale until it is confirmed, with the keys of then, and what was revoked stays revoked', async () => {
  await runOnce()
  awayFromNow()
  await start()
  expect(verifier.staleness()).toMatchObject({ seq: 1, state: 'hard' })
  expect(verifier.staleness().ageMs).toBeLessThan(60_000)
  expect([await reasonOf({}, 'open'), await reasonOf({ jti: 'x' }, 'open'), await reasonOf({ jti: 'x' })]).toEqual(['revoked', 'accepted', 'stale'])
  expect(events[0]).toMatchObject({ type: 'warm_start', position: { epoch: EPOCH, seq: 1 }, entries: 1 })
}, 20_000)

it('believes an unsigned server no more, once it has kept a signed snapshot', async () => {
  await runOnce()
  server.on(CHANGES, stream(heartbeat(1)))
  await start()
  await eventually(() => events.some(({ type }) => type === 'untrusted'))
  expect(verifier.staleness().state).toBe('hard')
}, 20_000)

it('goes on from its place without another snapshot', async () => {
  await runOnce()
  const asked = server.asked.length
  server.on(CHANGES, stream(event(entry(2, 'later')), feed.heartbeat(2, [...LOG, entry(2, 'later')])))
  await start()
  await eventually(() => verifier.staleness().state === 'fresh')
  expect(server.asked.slice(asked).filter((url) => url.startsWith('/revocations/'))).toEqual([`${CHANGES}?since=${EPOCH}:1`])
})

it('never goes back behind what was known before the start, though the file is older', async () => {
  await runOnce()
  await createSnapshotFile(file).writeMark({ epoch: EPOCH, seq: 7 })
  await start()
  await eventually(() => events.some((one) => one.type === 'resync' && one.message.includes('behind')))
  expect(verifier.staleness().state).toBe('hard')
  const log = [...LOG, entry(8, 'later')]
  server.on(SNAPSHOT, feed.snapshot(8, log))
  server.on(CHANGES, stream(feed.heartbeat(8, log)))
  await eventually(() => verifier.staleness().state === 'fresh')
}, 20_000)

it.each([
  ['with another byte', (bytes: Buffer) => Buffer.concat([Buffer.from('X'), bytes.subarray(1)])],
  ['that was cut off', (bytes: Buffer) => bytes.subarray(0, -10)],
  ['that is empty', () => Buffer.alloc(0)],
  ['that is something else', () => Buffer.from('hello\n'.repeat(100))],
])('does not begin with a file %s; says so, and loads', async (_what, damage) => {
  await runOnce()
  writeFileSync(file, damage(readFileSync(file)))
  await start()
  await eventually(() => verifier.staleness().state === 'fresh')
  expect([problems().length, events.some(({ type }) => type === 'warm_start'), await reasonOf()]).toEqual([1, false, 'revoked'])
})

it('does not begin with the file of another issuer', async () => {
  await runOnce()
  const other = await startScriptedServer()
  const before = server
  server = other
  feed = signedFeed(other.url)
  server.on(SNAPSHOT, feed.snapshot(1))
  server.on(CHANGES, stream(feed.heartbeat(1)))
  await start()
  expect(problems()).toEqual([expect.stringContaining('another issuer')])
  await before.close()
})

it('runs without the file where it cannot be written', async () => {
  await start({ snapshotFile: join(folder, 'missing', 'revocations') })
  await eventually(() => verifier.staleness().state === 'fresh')
  expect(problems()[0]).toContain('ENOENT')
})

describe('on a full disk', () => {
  const full = (): never => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  }

  beforeEach(() => start({ snapshotFile: join(folder, 'unused') }))

  it.each(['write', 'finish'] as const)('a %s that fails is told once; the draft is taken away, and reading goes on', async (failing) => {
    const done: string[] = []
    const draft = {
      write: async () => void done.push('write'),
      finish: async () => void done.push('finish'),
      discard: async () => void done.push('discard'),
      [failing]: async () => full(),
    }
    const told: GatewayEvent[] = []
    const memory: SnapshotFile = {
      read: async () => undefined,
      begin: async () => draft,
      readMark: async () => undefined,
      writeMark: async () => full(),
    }
    const warmStart = createWarmStart({ file: memory, issuer: 'i', nowMs: () => 0, onEvent: (one) => told.push(one) })
    const kept = await warmStart.draft()
    for (let n = 0; n < 3; n++) await kept.write(Buffer.from('x'))
    await kept.finish({ issuer: 'i', type: 't', signature: undefined, position: { epoch: EPOCH, seq: 1 }, confirmedAtMs: 0, keys: {} })
    expect(done).toEqual(failing === 'write' ? ['discard'] : ['write', 'write', 'write', 'discard'])
    expect(told).toEqual([{ type: 'file_problem', message: 'ENOSPC: no space left on device' }])
    warmStart.mark({ epoch: EPOCH, seq: 1 }, 0)
    await warmStart.settle()
    expect(told.length).toBe(2)
  })
})

it('a damaged mark is told, and does not stop the start', async () => {
  await runOnce()
  writeFileSync(`${file}.mark`, `${EPOCH}:1 0000\n`)
  await expect(createSnapshotFile(file).readMark()).rejects.toThrow(BadSnapshotFile)
  const knowledge = createFeedKnowledge({ maxEntries: 1000, observer: NO_OBSERVER, now: () => undefined })
  const told: GatewayEvent[] = []
  const warmStart = createWarmStart({ file: createSnapshotFile(file), issuer: server.url, nowMs: Date.now, onEvent: (one) => told.push(one) })
  expect(await warmStart.begin(knowledge)).toBeDefined()
  expect(told.map(({ type }) => type)).toEqual(['file_problem', 'warm_start'])
})
