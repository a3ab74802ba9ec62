import { createBusMac } from '../adapters/redis/bus-mac.js'
import { connectRedis, type RedisConnection } from '../adapters/redis/connect-redis.js'
import { createRedisBus } from '../adapters/redis/redis-bus.js'
import { createRedisFailureLimiter } from '../adapters/redis/redis-failure-limiter.js'
import type { RedisSettings, Settings } from '../config/settings.js'
import type { Bus } from '../stores/bus.js'
import { readPem } from './read-pem.js'
import type { Resources, Shared, ShareNeeds } from './resources.js'

export interface OpenShared {
  readonly share: (needs: ShareNeeds) => Shared
  close(): Promise<void>
}

/** What the nodes share in Redis: the bus and the counters of failures. Redis is connected to when its parts are asked for. */
export function openShared(
  redis: RedisSettings,
  { rateLimit }: Pick<Settings, 'rateLimit'>,
  { clock, clientFailures, userFailures }: Pick<Resources, 'clock' | 'clientFailures' | 'userFailures'>,
): OpenShared {
  let open: { readonly connection: RedisConnection; readonly bus: Bus } | undefined
  return {
    share({ secret, events }) {
      const connection = connectRedis({ ...redis, ca: readPem(redis.caFile) }, events)
      const mac = createBusMac(secret)
      const bus = createRedisBus(connection, mac)
      open = { connection, bus }
      const limit = (name: string, perName: number, local: Resources['clientFailures']) =>
        rateLimit.enable ? createRedisFailureLimiter({ redis: connection, local, mac, clock }, name, { ...rateLimit, perName }) : local
      return {
        bus,
        tendBus: () => connection.tend(),
        busVersion: () => connection.version(),
        clientFailures: limit('clients', rateLimit.perClient, clientFailures),
        userFailures: limit('users', rateLimit.perUser, userFailures),
      }
    },
    async close() {
      await open?.bus.close()
      open?.connection.close()
    },
  }
}
