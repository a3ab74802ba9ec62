import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../../src/adapters/prisma/open-database.js'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { createOAuthClient, getWithToken, type OAuthClient, type Pair, pairOf } from '../../src/main/demo/oauth-client.js'
import { seconds } from '../../src/model/time.js'
import { type SlowProxy, startSlowProxy } from '../adapters/prisma/slow-proxy.js'
import { canStartRedis, RedisProcess } from '../adapters/redis/redis-process.js'
import { createServerDatabase, describeOnEngines, type ServerEngine, type TemporaryServerDatabase } from './server-engine.js'
import { runJeton, startServerProcess } from './server-process.js'

const MAX_STALENESS_MS = 5000
/** Polls are half a second apart, and later on a busy machine. */
const SURE_MS = MAX_STALENESS_MS - 2000
/** A connection (2 s), then a statement (3 s) that is waited for a little longer, or the two of a transaction. */
const TIME_OUT_MS = 9500
/** The MySQL driver's pool may wait 10 s before it tries again. */
const BACK_WITHIN_MS = 20_000
const PASSWORD = 'correct horse'

interface Outage {
  readonly name: string
  begin(): Promise<void>
  end(): Promise<void>
}

interface Asked {
  /** Since the outage began. */
  readonly fromMs: number
  readonly tookMs: number
  readonly status: number
}

const toml = (engine: ServerEngine, databaseUrl: string, redisUrl: string): string => `
[database.identity_db]
type = "${engine === 'mysql' ? 'mysql' : 'postgre'}"
url = "${databaseUrl}"
[redis]
url = "${redisUrl}"
[keystore]
encryption_key = "${'5a'.repeat(32)}"
[oauth]
issuer = "https://jeton.test"
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
[oauth.grant_type.password]
enable = true
[revocation]
max_staleness = "${MAX_STALENESS_MS / 1000}s"
`

await describeOnEngines('a node that loses its database and Redis at once', canStartRedis ? ['postgresql', 'mysql'] : [], (engine) => {
  let database: TemporaryServerDatabase
  let proxy: SlowProxy
  let redis: RedisProcess
  let server: JetonServer
  let client: OAuthClient
  let opaque: OAuthClient

  beforeAll(async () => {
    database = await createServerDatabase(engine as ServerEngine)
    proxy = await startSlowProxy(database.url)
    redis = await RedisProcess.absent()
    await redis.start()
    await migrate()
    server = await startServerProcess({ toml: toml(engine as ServerEngine, proxy.url, redis.url) })
    client = await createClient('--name', 'jwt', '--grant-types', 'client_credentials,password,refresh_token')
    opaque = await createClient('--name', 'opaque', '--token-type', 'OAUTH')
    await runJeton(['users', 'create', '--name', 'ada', '--password-stdin'], { config: server.config, stdin: PASSWORD })
  }, 60_000)
  afterAll(async () => {
    await server.stop()
    await proxy.close()
    await redis.remove()
    await database.drop()
  }, 60_000)

  async function migrate(): Promise<void> {
    const opened = await openDatabase({
      engine: engine as ServerEngine,
      url: database.url,
      keepAfterExpiry: seconds(600),
      maxClockSkew: seconds(5),
    })
    await opened.migrate()
    await opened.close()
  }

  async function createClient(...args: readonly string[]): Promise<OAuthClient> {
    const { json, stderr } = await runJeton(['apps', 'create', ...args, '--json'], { config: server.config })
    if (json === undefined) throw new Error(stderr)
    return createOAuthClient(server.url, { id: String(json.client_id), secret: String(json.client_secret) })
  }

  const issue = () => client.token({ grant_type: 'client_credentials' })
  const readiness = async () => (await getWithToken(`${server.url}/readyz`)).body

  async function soon(isTrue: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + BACK_WITHIN_MS
    while (!(await isTrue())) {
      if (performance.now() > deadline) throw new Error(`it did not come true; the server says:\n${server.stderr()}`)
      await sleep(50)
    }
  }

  const outages: readonly Outage[] = [
    {
      name: 'which refuse connections',
      begin: async () => void (await Promise.all([proxy.refuse(), redis.stop()])),
      end: async () => void (await Promise.all([proxy.listen(), redis.start()])),
    },
    {
      name: 'which keep silent',
      async begin() {
        proxy.stall()
        redis.freeze()
      },
      async end() {
        proxy.flow()
        redis.thaw()
      },
    },
  ]

  it.each(outages)(
    'issues and introspects unstored tokens for max_staleness, then is 503, and comes back by itself ($name)',
    async ({ begin, end }) => {
      await soon(async () => (await readiness()).status === 'ok')
      const pair = pairOf(await issue())
      const opaquePair = pairOf(await opaque.token({ grant_type: 'client_credentials' }))
      await begin()
      const began = performance.now()
      const ask = async (request: () => Promise<{ readonly status: number }>): Promise<Asked> => {
        const from = performance.now()
        const { status } = await request()
        return { fromMs: from - began, tookMs: performance.now() - from, status }
      }
      const inNeed = Promise.all(needingRows(pair, opaquePair).map(ask))
      const asked: Asked[] = []
      while (performance.now() - began < MAX_STALENESS_MS + 1500) {
        asked.push(...(await Promise.all([ask(issue), ask(() => client.introspect(pair.access))])))
        await sleep(50)
      }
      expectServedUntilTooStale(asked)
      for (const { status, tookMs } of await inNeed) {
        expect(status).toBe(503)
        expect(tookMs).toBeLessThan(TIME_OUT_MS)
      }
      expect(await readiness()).toEqual({ status: 'unavailable', database: 'down', redis: 'down' })
      expect((await getWithToken(`${server.url}/oauth2/jwks`)).status).toBe(200)
      await end()
      await expectBack(pair, opaquePair)
    },
    60_000,
  )

  /** What no node can answer out of its memory. */
  const needingRows = (pair: Pair, opaquePair: Pair) => [
    () => client.refresh(pair.refresh),
    () => client.revoke(pair.access),
    () => client.introspect(pair.refresh, 'refresh_token'),
    () => client.token({ grant_type: 'password', username: 'ada', password: PASSWORD }),
    () => opaque.token({ grant_type: 'client_credentials' }),
    () => opaque.introspect(opaquePair.access),
    () => opaque.refresh(opaquePair.refresh),
  ]

  function expectServedUntilTooStale(asked: readonly Asked[]): void {
    const early = asked.filter(({ fromMs, tookMs }) => fromMs + tookMs < SURE_MS)
    const late = asked.filter(({ fromMs }) => fromMs > MAX_STALENESS_MS)
    expect(early.length).toBeGreaterThan(10)
    expect(new Set(early.map(({ status }) => status))).toEqual(new Set([200]))
    expect(late.length).toBeGreaterThan(2)
    expect(new Set(late.map(({ status }) => status))).toEqual(new Set([503]))
    const firstRefusal = asked.findIndex(({ status }) => status === 503)
    // Both of a turn are asked at once: one may be answered just before the limit and the other just after.
    expect(asked.slice(firstRefusal + 2).every(({ status }) => status === 503)).toBe(true)
    // From memory: nothing waits for what is away.
    expect(Math.max(...asked.map(({ tookMs }) => tookMs))).toBeLessThan(1000)
  }

  /** In the same process. A revocation that was 503 may have been durable, so its token is not asked about. */
  async function expectBack(pair: Pair, opaquePair: Pair): Promise<void> {
    await soon(async () => (await readiness()).status === 'ok')
    const next = pairOf(await issue())
    await soon(async () => (await client.refresh(pair.refresh)).status === 200)
    expect((await opaque.introspect(opaquePair.access)).body.active).toBe(true)
    expect((await opaque.refresh(opaquePair.refresh)).status).toBe(200)
    expect((await client.token({ grant_type: 'password', username: 'ada', password: PASSWORD })).status).toBe(200)
    expect((await client.introspect(next.access)).body.active).toBe(true)
    expect((await client.revoke(next.access)).status).toBe(200)
    expect((await client.introspect(next.access)).body.active).toBe(false)
  }
})
