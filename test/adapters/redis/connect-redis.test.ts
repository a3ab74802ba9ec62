import { inspect } from 'node:util'
import { jest } from '@jest/globals'
import type { RedisSettings } from '../../../src/adapters/redis/redis-settings.js'
import { StoreUnavailable } from '../../../src/errors/operational-errors.js'
import { clusterSettings, newPrefix, PATIENCE, RedisStage, settingsFor } from './real-redis.js'
import { describeWithRedis, pause, type RedisProcess, until } from './redis-process.js'

// Servers take their time to start and to agree, on a busy machine more.
jest.setTimeout(60_000)

const SECRET = 'hunter2hunter2'

describeWithRedis('a connection to Redis', () => {
  const stage = new RedisStage()
  afterEach(() => stage.close())

  /** What a message on `channel` says, heard by a second connection. */
  async function carries(settings: RedisSettings): Promise<void> {
    const [one, two, heard] = [stage.connect(settings).redis, stage.connect(settings).redis, [] as string[]]
    const channel = one.key('channel')
    two.hear(channel, { onMessage: (text) => void heard.push(text), onState: () => undefined })
    await until(() => one.state() === 'up' && two.state() === 'up')
    await one.attempt('publish', (commands) => commands.publish(channel, 'hello'))
    await until(() => heard.length === 1)
    expect(heard).toEqual(['hello'])
  }

  it('names the version of the server', async () => {
    const { redis } = stage.connect(settingsFor((await stage.server()).url))
    await until(() => redis.state() === 'up')
    expect(await redis.version()).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it('puts all its names into one slot of a cluster', async () => {
    const { redis } = stage.connect(settingsFor((await stage.server()).url, 'two-jetons'))
    expect(redis.key('bus')).toBe('{two-jetons}:bus')
  })

  it('does not wait for a server that is not there yet, says so once, and finds it when it comes', async () => {
    const server = await stage.absentServer()
    const { redis, events } = stage.connect(settingsFor(server.url))
    expect(await redis.attempt('ping', (commands) => commands.ping())).toBeUndefined()
    await until(() => events.length > 0)
    await pause(500)
    expect(redis.state()).toBe('down')
    await expect(redis.version()).rejects.toThrow(StoreUnavailable)
    expect(events.map(({ type }) => type)).toEqual(['store_unavailable'])
    await server.start()
    await until(() => redis.state() === 'up')
    expect(events.map(({ type }) => type)).toEqual(['store_unavailable', 'store_answers_again'])
  })

  it('says nothing of a connection that is closed on purpose', async () => {
    const { redis, events } = stage.connect(settingsFor((await stage.server()).url))
    redis.hear('channel', { onMessage: () => undefined, onState: () => undefined })
    await until(() => redis.state() === 'up')
    redis.close()
    await pause(100)
    expect(events).toEqual([])
  })

  it('fails a command within its patience when the server stands still, already while it connects', async () => {
    const server = await stage.server()
    const { redis } = stage.connect(settingsFor(server.url))
    await until(() => redis.state() === 'up')
    server.freeze()
    const late = stage.connect(settingsFor(server.url)).redis
    const began = process.hrtime.bigint()
    await Promise.all([redis.attempt('ping', (commands) => commands.ping()), late.attempt('ping', (commands) => commands.ping())])
    expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(5 * PATIENCE.commandMs)
    expect([redis.state(), late.state()]).toEqual(['down', 'down'])
    await pause(1000)
    server.thaw()
    await until(() => late.state() === 'up')
  })

  describe('with a password', () => {
    it('takes it from the URL or beside it', async () => {
      const { port } = await stage.server(['--requirepass', SECRET])
      await carries(settingsFor(`redis://:${SECRET}@127.0.0.1:${port}`))
      await carries({ ...settingsFor(`redis://127.0.0.1:${port}`), password: SECRET })
    })

    it.each(['redis://:wrong-hunter2@', 'redis://default:wrong-hunter2@', 'redis://'])(
      'says what is wrong with %s once, and not what it was',
      async (start) => {
        const { port } = await stage.server(['--requirepass', SECRET])
        const { redis, events } = stage.connect(settingsFor(`${start}127.0.0.1:${port}`))
        await until(() => events.length > 0)
        await pause(400)
        await redis.attempt('ping', (commands) => commands.ping())
        expect(events).toHaveLength(1)
        expect(events[0]).toMatchObject({ type: 'store_unavailable', store: 'redis', cause: { message: expect.stringMatching(/WRONGPASS|NOAUTH/) } })
        expect(inspect(events, { depth: 9, showHidden: true })).not.toContain('hunter2')
        await expect(redis.version().catch((error) => inspect(error, { depth: 9 }))).resolves.not.toContain('hunter2')
      },
    )
  })

  it('asks again where the server is once it has become a replica, which takes no writes', async () => {
    const [server, absent] = [await stage.server(), await stage.absentServer()]
    const { redis } = stage.connect(settingsFor(server.url))
    await until(() => redis.state() === 'up')
    const id = await redis.commands.client('ID')
    server.cli('replicaof', '127.0.0.1', String(absent.port))
    const write = () => redis.attempt('set', (commands) => commands.set(redis.key('a'), '1'))
    expect(await write()).toBeUndefined()
    await until(async () => (await redis.commands.client('ID').catch(() => id)) !== id)
    server.cli('replicaof', 'no', 'one')
    await until(async () => (await write()) === 'OK')
    expect(redis.state()).toBe('up')
  })

  it('chooses the database that the URL names', async () => {
    const server = await stage.server()
    const { redis } = stage.connect(settingsFor(`${server.url}/3`))
    await until(() => redis.state() === 'up')
    await redis.attempt('set', (commands) => commands.set(redis.key('a'), '1'))
    expect(server.cli('-n', '3', 'dbsize')).toBe('1')
  })

  describe('that sentinels know of', () => {
    async function sentinelFor(master: RedisProcess): Promise<RedisProcess> {
      const sentinel = await stage.sentinel(master)
      await until(() => sentinel.says(String(master.port), 'sentinel', 'get-master-addr-by-name', 'jeton'))
      return sentinel
    }

    const settings = (...ports: readonly number[]): RedisSettings => ({
      kind: 'sentinel',
      sentinels: ports.map((port) => ({ host: '127.0.0.1', port })),
      name: 'jeton',
      isTls: false,
      ca: undefined,
      username: undefined,
      password: undefined,
      keyPrefix: newPrefix(),
    })

    it('is found through any of them', async () => {
      const sentinel = await sentinelFor(await stage.server())
      await carries(settings((await stage.absentServer()).port, sentinel.port))
    })

    it('is followed to the server that takes its place', async () => {
      const [first, second] = [await stage.server(), await stage.server()]
      second.cli('replicaof', '127.0.0.1', String(first.port))
      await until(() => second.says('master_link_status:up', 'info', 'replication'))
      const sentinel = await sentinelFor(first)
      await until(() => sentinel.says(String(second.port), 'sentinel', 'replicas', 'jeton'), 30_000)
      const { redis } = stage.connect(settings(sentinel.port))
      await until(() => redis.state() === 'up')
      await first.stop()
      await until(() => second.says('role:master', 'info', 'replication'), 30_000)
      await until(async () => (await redis.attempt('set', (commands) => commands.set(redis.key('a'), '1'))) === 'OK', 30_000)
      expect(second.cli('dbsize')).toBe('1')
    })

    it('is waited for where no sentinel answers, and that is said once', async () => {
      const { redis, events } = stage.connect(settings((await stage.absentServer()).port))
      await until(() => events.length > 0)
      await pause(600)
      expect(events.map(({ type }) => type)).toEqual(['store_unavailable'])
      expect(await redis.attempt('ping', (commands) => commands.ping())).toBeUndefined()
      expect(events).toHaveLength(1)
    })
  })

  describe('to a cluster', () => {
    it('carries what is said at one node of it to all, from any one that is named', async () => {
      const nodes = await stage.cluster(3)
      await carries(clusterSettings([await stage.absentServer(), ...nodes.slice(2)]))
      await carries(clusterSettings(nodes))
    })

    it('goes to the next node to listen when one is gone', async () => {
      const nodes = await stage.cluster(3)
      const { redis } = stage.connect(clusterSettings(nodes))
      const heard: string[] = []
      redis.hear(redis.key('channel'), { onMessage: (text) => void heard.push(text), onState: (state) => void heard.push(state) })
      await until(() => heard.includes('up'))
      await nodes[0]?.stop()
      await until(() => heard.filter((one) => one === 'up').length === 2)
      nodes[1]?.cli('publish', redis.key('channel'), 'hello')
      await until(() => heard.includes('hello'))
    })

    it('says once that no node answers, and is back by itself', async () => {
      const nodes = await stage.cluster(1)
      const { redis, events } = stage.connect(clusterSettings(nodes))
      await until(() => redis.state() === 'up')
      await nodes[0]?.stop()
      await redis.tend()
      await until(() => events.length > 0)
      await pause(500)
      expect(await redis.attempt('ping', (commands) => commands.ping())).toBeUndefined()
      expect(events.map(({ type }) => type)).toEqual(['store_unavailable'])
      await nodes[0]?.start()
      await until(async () => {
        await redis.tend()
        return redis.state() === 'up'
      }, 30_000)
    })
  })
})
