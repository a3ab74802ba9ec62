import { createHmac } from 'node:crypto'
import { jest } from '@jest/globals'
import { createBusMac } from '../../../src/adapters/redis/bus-mac.js'
import { formatBusMessage } from '../../../src/adapters/redis/bus-message.js'
import { connectRedis } from '../../../src/adapters/redis/connect-redis.js'
import { createRedisBus } from '../../../src/adapters/redis/redis-bus.js'
import { StoreUnavailable } from '../../../src/errors/operational-errors.js'
import type { Bus } from '../../../src/stores/bus.js'
import { describeBus, Ears, entryAt } from '../../stores/bus.contract.js'
import { newPrefix, PATIENCE, RedisStage, SHARED_URL, settingsFor } from './real-redis.js'
import { askRedis, describeWithRedis, isRequired, pause, type RedisProcess, until } from './redis-process.js'
import { startTcpProxy } from './tcp-proxy.js'

// Servers take their time to start and to agree, on a busy machine more.
jest.setTimeout(60_000)

const mac = createBusMac(() => Buffer.alloc(32, 7))
const EPOCH = 1_763_690_000_123
const isShared = await askRedis(SHARED_URL, (redis) => redis.ping()).catch(() => undefined)

if (isShared || isRequired) {
  describeBus(`in the Redis at ${new URL(SHARED_URL).host}`, async () => {
    const settings = settingsFor(SHARED_URL)
    const nodes: { close(): void }[] = []
    return {
      join() {
        const redis = connectRedis(settings, () => undefined, PATIENCE)
        nodes.push(redis)
        // A node says nothing before its connection is there; the contract is of one whose is.
        return whenUp(createRedisBus(redis, mac))
      },
      async close() {
        for (const node of nodes) node.close()
      },
    }
  })
} else {
  describe.skip(`the bus in Redis (none answers at ${new URL(SHARED_URL).host})`, () => {
    it('is not tested', () => undefined)
  })
}

/** Begins to listen for a node once all it has to say would be heard. */
function whenUp(bus: Bus): Bus {
  return {
    ...bus,
    listen(listener) {
      bus.listen({
        onEntries: (epoch, entries) => listener.onEntries(epoch, entries),
        onChanged: (what) => listener.onChanged(what),
        onState: (state) => void until(() => state === 'down' || bus.state() === 'up').then(() => listener.onState(state)),
      })
    },
  }
}

describeWithRedis('a bus over a Redis', () => {
  const stage = new RedisStage()
  afterEach(() => stage.close())

  async function node(url: string, keyPrefix: string, ownMac = mac) {
    const { redis, events } = stage.connect(settingsFor(url, keyPrefix))
    const [bus, ears] = [createRedisBus(redis, ownMac), new Ears()]
    bus.listen(ears)
    await until(() => bus.state() === 'up')
    return { redis, events, bus, ears, seqs: () => ears.entries.flatMap(({ entries }) => entries.map(({ seq }) => seq)) }
  }

  async function twoNodes() {
    const [server, prefix] = [await stage.server(), newPrefix()]
    return { server, prefix, one: await node(server.url, prefix), two: await node(server.url, prefix) }
  }

  const whisper = (server: RedisProcess, prefix: string, text: string) => askRedis(server.url, (redis) => redis.publish(`{${prefix}}:bus`, text))

  describe('that somebody else can write to', () => {
    it.each<[string, (channel: string) => string]>([
      ['no message', () => 'hello'],
      ['JSON without a MAC', () => JSON.stringify({ from: 'x', kind: 'changed', what: 'keys' })],
      [
        'a MAC of another key',
        (channel) =>
          forged(
            channel,
            createBusMac(() => Buffer.alloc(32, 8)),
          ),
      ],
      ['a MAC of another channel', () => forged('{other}:bus', mac)],
      [
        'a MAC under the secret itself',
        (channel) => forged(channel, (text) => createHmac('sha256', Buffer.alloc(32, 7)).update(text).digest('base64url')),
      ],
      ['more than any node says', (channel) => forged(channel, mac, 'x'.repeat(600_000))],
    ])('passes over and counts %s', async (_, text) => {
      const { server, prefix, one, two } = await twoNodes()
      await whisper(server, prefix, text(`{${prefix}}:bus`))
      one.bus.changed('clients')
      await until(() => two.ears.changed.length > 0)
      expect(two.ears).toMatchObject({ entries: [], changed: ['clients'] })
      expect(two.bus.rejected()).toBe(1)
    })

    const forged = (channel: string, with_: typeof mac, id = 'g') =>
      formatBusMessage({ from: 'x', kind: 'entries', epoch: EPOCH, entries: [entryAt(1, { id })] }, channel, with_)

    it('hears nothing that it cannot tell from a forgery, as long as the keys are not loaded', async () => {
      const { server, prefix, one, two } = await twoNodes()
      const three = await node(server.url, prefix, () => {
        throw new StoreUnavailable('keys')
      })
      one.bus.publish(EPOCH, [entryAt(1)])
      await until(() => two.seqs().length === 1)
      await pause(50)
      expect(three.ears.entries).toEqual([])
      expect(three.bus.rejected()).toBe(0)
    })

    it('shows nobody the secret or more than the feed does', async () => {
      const { server, prefix, one } = await twoNodes()
      const heard: string[] = []
      await askRedis(server.url, async (redis) => {
        await redis.subscribe(`{${prefix}}:bus`)
        redis.on('message', (_, text) => heard.push(text))
        one.bus.publish(EPOCH, [entryAt(3)])
        await until(() => heard.length === 1)
      })
      expect(JSON.parse(heard[0]?.split('.').slice(1).join('.') ?? '')).toEqual({
        from: expect.any(String),
        kind: 'entries',
        epoch: EPOCH,
        entries: [{ seq: 3, kind: 'grant', id: 'grant-3', expires: 1_763_700_000 }],
      })
    })
  })

  it('keeps Jetons with different prefixes apart', async () => {
    const { server, one, two } = await twoNodes()
    const other = await node(server.url, newPrefix())
    one.bus.publish(EPOCH, [entryAt(1)])
    await until(() => two.seqs().length === 1)
    expect(other.ears.entries).toEqual([])
    expect(other.bus.rejected()).toBe(0)
  })

  describe('that fails', () => {
    it('says so once, makes nobody wait, and carries again when it was started anew', async () => {
      const { server, one, two } = await twoNodes()
      await server.stop()
      await until(() => one.bus.state() === 'down' && two.ears.states.at(-1) === 'down')
      for (let seq = 1; seq <= 50; seq += 1) one.bus.publish(EPOCH, [entryAt(seq)])
      await one.bus.close()
      await pause(400)
      expect(one.events).toEqual([{ type: 'store_unavailable', store: 'redis', cause: expect.any(Error) }])

      await server.start()
      await until(() => one.bus.state() === 'up' && two.bus.state() === 'up')
      await until(() => two.ears.states.at(-1) === 'up')
      one.bus.publish(EPOCH, [entryAt(51)])
      await until(() => two.seqs().length > 0)
      expect(two.seqs()).toEqual([51])
      expect(one.events.slice(1)).toEqual([{ type: 'store_answers_again', store: 'redis' }])
      expect(two.ears.states).toEqual(expect.arrayContaining(['up', 'down', 'up']))
    })

    it('goes on when it is flushed, scripts and all', async () => {
      const { server, one, two } = await twoNodes()
      server.cli('flushall')
      server.cli('script', 'flush')
      one.bus.publish(EPOCH, [entryAt(1)])
      await until(() => two.seqs().length === 1)
    })

    it('is back by itself when the connections of the nodes are killed', async () => {
      const { server, one, two } = await twoNodes()
      server.cli('client', 'kill', 'type', 'normal')
      server.cli('client', 'kill', 'type', 'pubsub')
      await until(() => two.ears.states.filter((state) => state === 'up').length === 2)
      await until(() => one.bus.state() === 'up')
      one.bus.publish(EPOCH, [entryAt(9)])
      await until(() => two.seqs().includes(9))
    })

    it('waits no longer than its patience for one that stands still, says so once, and goes on when that does', async () => {
      const { server, one, two } = await twoNodes()
      server.freeze()
      const began = process.hrtime.bigint()
      one.bus.publish(EPOCH, [entryAt(1)])
      await one.bus.close()
      expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(5 * PATIENCE.commandMs)
      expect(one.bus.state()).toBe('down')
      for (let second = 0; second < 3; second += 1) await one.redis.tend()
      expect(one.events.map(({ type }) => type)).toEqual(['store_unavailable'])

      server.thaw()
      await until(async () => {
        await Promise.all([one.redis.tend(), two.redis.tend()])
        return one.bus.state() === 'up' && two.bus.state() === 'up'
      })
      one.bus.publish(EPOCH, [entryAt(2)])
      await until(() => two.seqs().includes(2))
      expect(one.events.map(({ type }) => type)).toEqual(['store_unavailable', 'store_answers_again'])
    })

    it('notices a link that swallows everything, and opens a new connection', async () => {
      const [server, prefix] = [await stage.server(), newPrefix()]
      const proxy = await startTcpProxy(server.port)
      stage.atEnd(() => proxy.close())
      const [one, two] = [await node(server.url, prefix), await node(`redis://127.0.0.1:${proxy.port}`, prefix)]
      proxy.swallow(true)
      await two.redis.tend()
      expect(two.bus.state()).toBe('down')
      await until(() => two.ears.states.at(-1) === 'down')
      proxy.swallow(false)
      await until(async () => {
        await two.redis.tend()
        return two.bus.state() === 'up' && two.ears.states.at(-1) === 'up'
      })
      one.bus.publish(EPOCH, [entryAt(4)])
      await until(() => two.seqs().includes(4))
    })

    it('carries over a slow link, late', async () => {
      const [server, prefix] = [await stage.server(), newPrefix()]
      const proxy = await startTcpProxy(server.port)
      stage.atEnd(() => proxy.close())
      const [one, two] = [await node(server.url, prefix), await node(`redis://127.0.0.1:${proxy.port}`, prefix)]
      proxy.delay(300)
      one.bus.publish(EPOCH, [entryAt(1)])
      // Longer than a command may take: this node cannot say anything, and still hears.
      two.bus.publish(EPOCH, [entryAt(2)])
      await two.bus.close()
      expect(two.bus.state()).toBe('down')
      await until(() => two.seqs().includes(1))
    })
  })
})
