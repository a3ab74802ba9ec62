import { jest } from '@jest/globals'
import { createMemoryFailureLimiter } from '../../../src/adapters/memory/memory-failure-limiter.js'
import { createBusMac } from '../../../src/adapters/redis/bus-mac.js'
import { createRedisFailureLimiter } from '../../../src/adapters/redis/redis-failure-limiter.js'
import type { RedisSettings } from '../../../src/adapters/redis/redis-settings.js'
import { seconds } from '../../../src/model/time.js'
import { StillClock } from '../../still-clock.js'
import { clusterSettings, newPrefix, PATIENCE, RedisStage, settingsFor } from './real-redis.js'
import { describeWithRedis, type RedisProcess, until } from './redis-process.js'

// Servers take their time to start and to agree, on a busy machine more.
jest.setTimeout(60_000)

const LIMITS = { perName: 5, perAddress: 12, window: seconds(60) }
const HERE = '198.51.100.7'
const ELSEWHERE = '203.0.113.9'
const mac = createBusMac(() => Buffer.alloc(32, 7))

describeWithRedis('failures that all nodes count together', () => {
  const stage = new RedisStage()
  let server: RedisProcess
  let prefix: string
  beforeEach(async () => {
    server = await stage.server()
    prefix = newPrefix()
  })
  afterEach(() => stage.close())

  async function node(name = 'clients', settings: RedisSettings = settingsFor(server.url, prefix)) {
    const { redis, events } = stage.connect(settings)
    await until(() => redis.state() === 'up')
    const clock = new StillClock()
    const local = createMemoryFailureLimiter(LIMITS, clock)
    const limiter = createRedisFailureLimiter({ redis, local, mac, clock }, name, LIMITS)
    /** An attempt with a wrong secret. @returns whether it was heard. */
    const fail = async (who = 'c', address = HERE): Promise<boolean> => {
      if ((await limiter.retryAfter(who, address)) !== undefined) return false
      await limiter.countFailure(who, address)
      return true
    }
    return { redis, events, clock, limiter, fail }
  }

  type Node = Awaited<ReturnType<typeof node>>

  async function heardOf(attempts: number, fail: (attempt: number) => Promise<boolean>): Promise<number> {
    let heard = 0
    for (let attempt = 0; attempt < attempts; attempt += 1) heard += (await fail(attempt)) ? 1 : 0
    return heard
  }

  const commandsDone = () => Number(/^total_commands_processed:(\d+)/m.exec(server.cli('info', 'stats'))?.[1])

  it('are limited for one who goes from node to node: the limit, and at most one more at each other node', async () => {
    const nodes = [await node(), await node(), await node()]
    const heard = await heardOf(60, (attempt) => (nodes[attempt % 3] as Node).fail())
    expect(heard).toBeGreaterThanOrEqual(LIMITS.perName)
    expect(heard).toBeLessThanOrEqual(LIMITS.perName + nodes.length - 1)
    for (const { limiter } of nodes) expect(await limiter.retryAfter('c', HERE)).toBeGreaterThan(0)
  })

  it('are limited for one address whatever names it tries at whatever node', async () => {
    const nodes = [await node(), await node()]
    const heard = await heardOf(60, (attempt) => (nodes[attempt % 2] as Node).fail(`guess-${attempt}`))
    expect(heard).toBeGreaterThanOrEqual(LIMITS.perAddress)
    expect(heard).toBeLessThanOrEqual(LIMITS.perAddress + nodes.length - 1)
  })

  it('shut nobody out from elsewhere', async () => {
    const nodes = [await node(), await node()]
    await heardOf(20, (attempt) => (nodes[attempt % 2] as Node).fail())
    for (const { limiter } of nodes) expect(await limiter.retryAfter('c', ELSEWHERE)).toBeUndefined()
  })

  it('are forgotten after the window', async () => {
    const [one, two] = [await node(), await node()]
    await heardOf(4, () => one.fail())
    await two.fail()
    const wait = (await two.limiter.retryAfter('c', HERE)) ?? 0
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(LIMITS.window)
    two.clock.advance(LIMITS.window + 1)
    expect(await two.limiter.retryAfter('c', HERE)).toBeUndefined()
    expect(server.cli('--raw', 'eval', "return redis.call('pttl', redis.call('keys', '*')[1])", '0')).toMatch(/^[1-9]\d*$/)
  })

  it('cost a success no command, also while somebody fails', async () => {
    const [one, two] = [await node(), await node()]
    await heardOf(4, () => one.fail())
    await two.fail()
    const before = commandsDone()
    for (let success = 0; success < 100; success += 1) {
      await one.limiter.retryAfter('c', HERE)
      await two.limiter.retryAfter('other', ELSEWHERE)
    }
    // Its own question is one.
    expect(commandsDone() - before).toBeLessThanOrEqual(2)
  })

  it('are counted apart for clients and users, and for each prefix', async () => {
    const [clients, users, others] = [await node('clients'), await node('users'), await node('clients', settingsFor(server.url))]
    await heardOf(LIMITS.perName - 1, () => clients.fail())
    expect(await heardOf(20, () => users.fail())).toBe(LIMITS.perName)
    expect(await heardOf(20, () => others.fail())).toBe(LIMITS.perName)
  })

  it('are added up in a cluster too', async () => {
    const settings = clusterSettings(await stage.cluster(3), prefix)
    const nodes = [await node('clients', settings), await node('clients', settings)]
    const heard = await heardOf(20, (attempt) => (nodes[attempt % 2] as Node).fail())
    expect(heard).toBeGreaterThanOrEqual(LIMITS.perName)
    expect(heard).toBeLessThanOrEqual(LIMITS.perName + nodes.length - 1)
    expect(nodes.flatMap(({ events }) => events)).toEqual([])
  })

  it('show neither name nor address to whoever reads Redis', async () => {
    const one = await node()
    await one.fail('a-secret-typed-as-a-name')
    const keys = server.cli('--raw', 'keys', '*').split('\n')
    expect(keys).toHaveLength(2)
    for (const key of keys) expect(key).toMatch(new RegExp(`^\\{${prefix}\\}:failures:clients:(name|address):[\\w-]{43}$`))
  })

  describe('while Redis', () => {
    it('is away are limited at each node, at once, and together again when it is back', async () => {
      const [one, two] = [await node(), await node()]
      await server.stop()
      await until(() => one.redis.state() === 'down' && two.redis.state() === 'down')
      expect(await heardOf(20, () => one.fail())).toBe(LIMITS.perName)
      expect(await heardOf(20, () => two.fail())).toBe(LIMITS.perName)
      expect(one.events.map(({ type }) => type)).toEqual(['store_unavailable'])
      await server.start()
      await until(() => one.redis.state() === 'up' && two.redis.state() === 'up')
      expect(await heardOf(20, (attempt) => (attempt % 2 === 0 ? one : two).fail('d'))).toBeLessThanOrEqual(LIMITS.perName + 1)
    })

    it('stands still are limited too, and no answer waits longer than for one command', async () => {
      const one = await node()
      server.freeze()
      const began = process.hrtime.bigint()
      await one.fail()
      expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(5 * PATIENCE.commandMs)
      expect(await heardOf(20, () => one.fail())).toBe(LIMITS.perName - 1)
    })

    it('is flushed are still limited at each node', async () => {
      const one = await node()
      await heardOf(LIMITS.perName, () => one.fail())
      server.cli('flushall')
      expect(await one.fail()).toBe(false)
    })

    it('refuses to count are limited at each node, and the operator is told once why', async () => {
      const one = await node()
      server.cli('acl', 'setuser', 'default', '-eval', '-evalsha')
      expect(await heardOf(20, () => one.fail())).toBe(LIMITS.perName)
      await one.redis.tend()
      expect(one.redis.state()).toBe('down')
      expect(one.events).toHaveLength(1)
      expect(one.events[0]).toMatchObject({ type: 'store_unavailable', store: 'redis', cause: { message: expect.stringMatching(/^NOPERM/) } })
      server.cli('acl', 'setuser', 'default', '+eval', '+evalsha')
      await one.fail('d')
      expect(one.redis.state()).toBe('up')
    })
  })
})
