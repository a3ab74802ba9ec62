import { Cluster, Redis } from 'ioredis'
import { parseRedisUrl } from './parse-redis-url.js'
import type { RedisAddress, RedisPatience, RedisSettings } from './redis-settings.js'

/** Opens connections of one kind to one place. Each begins to connect at once and goes on trying for ever. */
export interface RedisClients {
  openForCommands(): Redis | Cluster
  /** To one server, also of a cluster: what is published at any node of it is heard at all. */
  openForListening(): Redis
}

const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 1000
/** Of a cluster: a command follows so many moved slots, each after a moment, and then fails. */
const REDIRECTIONS = { maxRedirections: 3, retryDelayOnFailover: 100, retryDelayOnClusterDown: 100, retryDelayOnTryAgain: 100 }

/** @throws CommandRefused `invalid_redis_url` */
export function createRedisClients(settings: RedisSettings, patience: RedisPatience): RedisClients {
  const tls = settings.ca === undefined ? {} : { ca: settings.ca }
  const common = { ...optionsFor(patience), ...credentials(settings), ...(isTls(settings) && { tls }) }
  switch (settings.kind) {
    case 'single': {
      const { host, port, username, password, database } = parseRedisUrl(settings.url)
      const named = credentials({ username: username ?? settings.username, password: password ?? settings.password })
      const open = () => new Redis({ ...common, ...named, host, port, db: database, retryStrategy: retryDelayMs })
      return { openForCommands: open, openForListening: open }
    }
    case 'sentinel': {
      const sentinels = settings.sentinels.map((address) => ({ ...address }))
      const timeouts = { sentinelCommandTimeout: patience.commandMs, sentinelRetryStrategy: retryDelayMs }
      const toSentinels = settings.isTls ? { enableTLSForSentinelMode: true, sentinelTLS: tls } : {}
      const open = () => new Redis({ ...common, ...timeouts, ...toSentinels, sentinels, name: settings.name, retryStrategy: retryDelayMs })
      return { openForCommands: open, openForListening: open }
    }
    case 'cluster': {
      const nodes = settings.nodes.map((address) => ({ ...address }))
      const around = { ...REDIRECTIONS, slotsRefreshTimeout: patience.connectMs, enableOfflineQueue: false, clusterRetryStrategy: retryDelayMs }
      return {
        openForCommands: () => new Cluster(nodes, { ...around, redisOptions: common }),
        openForListening: () => openAtAny(settings.nodes, common),
      }
    }
  }
}

const isTls = (settings: RedisSettings): boolean => (settings.kind === 'single' ? parseRedisUrl(settings.url).isTls : settings.isTls)

/** A connection to one of the nodes; whenever it is lost, to the next of them. */
function openAtAny(nodes: readonly RedisAddress[], common: CommonOptions): Redis {
  const redis: Redis = new Redis({
    ...common,
    ...nodes[0],
    retryStrategy(times: number) {
      Object.assign(redis.options, nodes[times % nodes.length])
      return retryDelayMs(times)
    },
  })
  return redis
}

type CommonOptions = ReturnType<typeof optionsFor> & Credentials & { readonly tls?: { readonly ca?: string } }

function optionsFor({ connectMs, commandMs }: RedisPatience) {
  return {
    connectTimeout: connectMs,
    commandTimeout: commandMs,
    disconnectTimeout: commandMs,
    // A server that stands still, or a link that swallows everything: closed, and opened anew.
    socketTimeout: 3 * commandMs,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // A server that became a replica: ask again which one it is now.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    connectionName: 'jeton',
  }
}

interface Credentials {
  readonly username?: string
  readonly password?: string
}

function credentials({ username, password }: Pick<RedisSettings, 'username' | 'password'>): Credentials {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) }
}

/** Doubling, up to a second, and never the same for all nodes. */
function retryDelayMs(times: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(times, 10), LONGEST_RETRY_MS) * (0.75 + Math.random() / 4)
}
