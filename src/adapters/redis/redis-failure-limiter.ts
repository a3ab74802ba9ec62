import { RateLimiterRedis } from 'rate-limiter-flexible'
import { type FailureLimits, failureKey, networkOf } from '../../clients/failure-keys.js'
import { BoundedMap } from '../../model/bounded-map.js'
import type { Clock } from '../../model/time.js'
import type { FailureLimiter } from '../../stores/failure-limiter.js'
import type { Mac } from './bus-message.js'
import type { RedisConnection } from './connect-redis.js'

export interface SharedFailureNeeds {
  readonly redis: RedisConnection
  /** What this process counts by itself, whether Redis is there or not. */
  readonly local: FailureLimiter
  /** Hides names and addresses from whoever reads Redis. */
  readonly mac: Mac
  readonly clock: Clock
}

const MOST_BLOCKED = 100_000

/**
 * Adds up the failures that all nodes have seen. Redis is asked at a failure only, and answers with the sum: a node that
 * learns so that the limit is reached remembers it, and needs nobody to refuse the next attempt.
 *
 * So of one name from one address at most `perName`, one more for each other node, and what was under way, are heard in a
 * window; without Redis `perName` at each node.
 * @param name tells this limiter's counters from those of another one: `clients`, `users`.
 */
export function createRedisFailureLimiter({ redis, local, mac, clock }: SharedFailureNeeds, name: string, limits: FailureLimits): FailureLimiter {
  const limiterOf = (kind: string, points: number): RateLimiterRedis =>
    new RateLimiterRedis({ storeClient: redis.commands, keyPrefix: redis.key(`failures:${name}:${kind}`), points, duration: limits.window })
  const byName = limiterOf('name', limits.perName)
  const byAddress = limiterOf('address', limits.perAddress)
  /** Until when, in milliseconds since 1970. */
  const blocked = new BoundedMap<string, number>(MOST_BLOCKED)
  // While nobody is blocked there is nothing to look up.
  let quietFromMs = 0

  function secondsBlocked(key: string): number {
    return Math.ceil(((blocked.get(key) ?? 0) - clock.nowMs()) / 1000)
  }

  async function count(limiter: RateLimiterRedis, key: string): Promise<void> {
    const { consumedPoints, msBeforeNext } = await limiter.penalty(mac(key))
    if (consumedPoints < limiter.points) return
    const untilMs = clock.nowMs() + msBeforeNext
    blocked.set(key, untilMs)
    quietFromMs = Math.max(quietFromMs, untilMs)
  }

  return {
    async retryAfter(who, address) {
      const alone = (await local.retryAfter(who, address)) ?? 0
      if (alone <= 0 && clock.nowMs() >= quietFromMs) return undefined
      const network = networkOf(address)
      const left = Math.max(alone, secondsBlocked(failureKey(who, network)), secondsBlocked(network))
      return left > 0 ? left : undefined
    },
    async countFailure(who, address) {
      await local.countFailure(who, address)
      const network = networkOf(address)
      await redis.attempt(`failures:${name}`, () => Promise.all([count(byName, failureKey(who, network)), count(byAddress, network)]))
    },
  }
}
