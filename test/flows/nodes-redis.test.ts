import { noFailureLimiter } from '../../src/adapters/memory/no-failure-limiter.js'
import { createSystemClock } from '../../src/adapters/system/clock.js'
import { openShared } from '../../src/main/open-shared.js'
import { describeWithRedis, RedisStage, settingsFor } from '../adapters/redis/real-redis.js'
import type { RedisProcess } from '../adapters/redis/redis-process.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const SOON_MS = 10_000

async function soon(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + SOON_MS
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error('it did not come true')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describeWithRedis('nodes with a Redis between them', () => {
  const stage = new RedisStage()
  let redis: RedisProcess
  let first: JetonInProcess
  let second: JetonInProcess
  let client: Credentials
  const shares: { close(): Promise<void> }[] = []

  async function startNode(beside?: JetonInProcess): Promise<JetonInProcess> {
    const alone = { clock: createSystemClock(), clientFailures: noFailureLimiter, userFailures: noFailureLimiter }
    const shared = openShared({ ...settingsFor(redis.url, 'jeton-flow'), caFile: undefined }, { rateLimit: RATE_LIMIT }, alone)
    shares.push(shared)
    return startJeton({ share: shared.share, clock: alone.clock, ...(beside && { beside }) })
  }
  const RATE_LIMIT = { enable: false, perClient: 1, perUser: 1, perAddress: 1, window: 60 as never }

  beforeAll(async () => {
    redis = await stage.server()
    first = await startNode()
    second = await startNode(first)
    client = await first.createClient()
    for (const node of [first, second]) await soon(async () => (await readiness(node)).redis === 'up')
  })
  afterAll(async () => {
    await second.close()
    await first.close()
    for (const shared of shares) await shared.close()
    await stage.close()
  })

  const readiness = async (node: JetonInProcess) => (await node.get('/readyz').expect(200)).body
  const issue = async (node: JetonInProcess): Promise<string> =>
    (await node.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)).body.access_token
  const isActive = async (node: JetonInProcess, token: string): Promise<boolean> =>
    (await node.post('/oauth2/introspect', { token }, client).expect(200)).body.active
  const revoke = (node: JetonInProcess, token: string) => node.post('/oauth2/revoke', { token }, client).expect(200)

  it('refuse what was revoked at the other without a poll', async () => {
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      const token = await issue(from)
      await revoke(from, token)
      await soon(async () => !(await isActive(to, token)))
    }
  })

  it('count what somebody else says in their name, and are not moved by it', async () => {
    const rejected = async () => Number(/^jeton_bus_messages_rejected_total (\d+)$/m.exec((await second.get('/metrics').expect(200)).text)?.[1])
    expect(await rejected()).toBe(0)
    redis.cli('publish', '{jeton-flow}:bus', 'not ours')
    await soon(async () => (await rejected()) === 1)
  })

  it('lose nothing but time when it is gone: everything works, degraded, and the poll tells what was revoked', async () => {
    const token = await issue(first)
    await redis.stop()
    for (const node of [first, second]) await soon(async () => (await readiness(node)).redis === 'down')
    expect(await readiness(first)).toMatchObject({ status: 'degraded', database: 'up' })
    await revoke(first, token)
    expect(await isActive(second, token)).toBe(true)
    await second.runJob('poll')
    expect(await isActive(second, token)).toBe(false)
    expect(await isActive(second, await issue(first))).toBe(true)
    expect((await second.jeton.operations.doctor()).find(({ name }) => name === 'redis')).toMatchObject({ ok: false })
  })

  it('are as quick as before when it is back, with nothing in it', async () => {
    await redis.start()
    for (const node of [first, second]) await soon(async () => (await readiness(node)).redis === 'up')
    const token = await issue(second)
    await revoke(second, token)
    await soon(async () => !(await isActive(first, token)))
    expect((await second.jeton.operations.doctor()).find(({ name }) => name === 'redis')).toMatchObject({ ok: true })
  })
})
