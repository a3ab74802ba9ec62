import type { Cluster, Redis } from 'ioredis'
import { StoreUnavailable } from '../../errors/operational-errors.js'
import type { BusState } from '../../stores/bus.js'
import type { EventSink } from '../../stores/event-sink.js'
import { createRedisClients } from './redis-clients.js'
import { RedisFailure } from './redis-failure.js'
import { DEFAULT_PATIENCE, type RedisPatience, type RedisSettings } from './redis-settings.js'
import { createRedisWatch, type RedisWatch } from './redis-watch.js'

/** Hears a channel. */
export interface Ear {
  onMessage(text: string): void
  onState(state: BusState): void
}

export interface RedisConnection {
  readonly commands: Redis | Cluster
  /** The name of a key or channel among all that share the server: `{<prefix>}:<name>`, all in one slot of a cluster. */
  key(name: string): string
  /** Does something in Redis. `undefined` when Redis cannot now: the operator is told once, the caller goes on without it. */
  attempt<Result>(task: string, run: (commands: Redis | Cluster) => Promise<Result>): Promise<Result | undefined>
  /** Hears a channel over a connection of its own, from the moment it is `up`. To be called once. */
  hear(channel: string, ear: Ear): void
  state(): BusState
  /** Asks for a sign of life, to be done each second: a connection that is dead without having been closed is opened anew. */
  tend(): Promise<void>
  /** `redis_version`. @throws StoreUnavailable */
  version(): Promise<string>
  close(): void
}

/** Connects, now or as soon as Redis is there: that it is away is told, and stops nothing. @throws CommandRefused `invalid_redis_url` */
export function connectRedis(settings: RedisSettings, events: EventSink, patience: RedisPatience = DEFAULT_PATIENCE): RedisConnection {
  const clients = createRedisClients(settings, patience)
  const watch = createRedisWatch(events)
  const commands = clients.openForCommands()
  const stopWatching = watchConnection(watch, 'commands', commands)
  let listening: { readonly redis: Redis; close(): void } | undefined

  async function attempt<Result>(task: string, run: (commands: Redis | Cluster) => Promise<Result>): Promise<Result | undefined> {
    try {
      const result = await run(commands)
      watch.succeeded(task)
      return result
    } catch (error) {
      watch.failed(task, new RedisFailure(error))
      return undefined
    }
  }

  return {
    commands,
    key: (name) => `{${settings.keyPrefix}}:${name}`,
    attempt,
    hear(channel, ear) {
      listening = listenTo(clients.openForListening(), watch, channel, ear)
    },
    state: () => (watch.isUp() ? 'up' : 'down'),
    async tend() {
      const hearing = listening?.redis
      await Promise.all([attempt('ping', (redis) => redis.ping()), hearing?.status === 'ready' && attempt('ping', () => hearing.ping())])
    },
    async version() {
      const text = await commands.info('server').catch((error: unknown) => {
        throw new StoreUnavailable('redis', { cause: new RedisFailure(error) })
      })
      return /^redis_version:(\S+)/m.exec(text)?.[1] ?? 'unknown'
    },
    close() {
      stopWatching()
      listening?.close()
      commands.disconnect()
    },
  }
}

/** @returns what ends the watching: a connection that is closed on purpose is not missed. */
function watchConnection(watch: RedisWatch, name: string, redis: Redis | Cluster): () => void {
  let [isWatched, lastError]: [boolean, unknown] = [true, undefined]
  const lost = (): void => {
    if (isWatched) watch.gone(name, new RedisFailure(lastError))
  }
  watch.expect(name)
  redis.on('error', (error: unknown) => {
    lastError = error
    // Where no server is found to connect to, nothing is ever closed.
    if (redis.status !== 'ready') lost()
  })
  redis.on('close', lost)
  redis.on('ready', () => {
    lastError = undefined
    if (name !== 'listening') watch.ready(name)
  })
  return () => {
    isWatched = false
  }
}

function listenTo(redis: Redis, watch: RedisWatch, channel: string, ear: Ear): { readonly redis: Redis; close(): void } {
  const stopWatching = watchConnection(watch, 'listening', redis)
  async function subscribe(): Promise<void> {
    try {
      await redis.subscribe(channel)
      watch.ready('listening')
      ear.onState('up')
    } catch (error) {
      watch.gone('listening', new RedisFailure(error))
      redis.disconnect(true)
    }
  }
  redis.on('ready', () => void subscribe())
  redis.on('close', () => ear.onState('down'))
  redis.on('message', (from, text) => {
    if (from === channel) ear.onMessage(text)
  })
  return {
    redis,
    close() {
      stopWatching()
      redis.disconnect()
    },
  }
}
