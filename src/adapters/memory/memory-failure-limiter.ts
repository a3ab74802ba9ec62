import { RateLimiterMemory } from 'rate-limiter-flexible'
import { type FailureLimits, failureKey, networkOf } from '../../clients/failure-keys.js'
import type { Clock } from '../../model/time.js'
import type { FailureLimiter } from '../../stores/failure-limiter.js'

/** Of one process. A name counts only together with an address, so that nobody can be locked out from elsewhere. */
export function createMemoryFailureLimiter({ perName, perAddress, window }: FailureLimits, clock: Clock): FailureLimiter {
  const byName = new RateLimiterMemory({ points: perName, duration: window })
  const byAddress = new RateLimiterMemory({ points: perAddress, duration: window })

  // While nobody has failed lately there is nothing to look up, and a success costs nothing.
  let quietFromMs = 0

  async function secondsLeft(limiter: RateLimiterMemory, key: string, points: number): Promise<number> {
    const counted = await limiter.get(key)
    return counted !== null && counted.consumedPoints >= points ? Math.ceil(counted.msBeforeNext / 1000) : 0
  }

  return {
    async retryAfter(name, address) {
      if (clock.nowMs() >= quietFromMs) return undefined
      const network = networkOf(address)
      const left = Math.max(await secondsLeft(byName, failureKey(name, network), perName), await secondsLeft(byAddress, network, perAddress))
      return left > 0 ? left : undefined
    },
    async countFailure(name, address) {
      quietFromMs = clock.nowMs() + (window + 1) * 1000
      const network = networkOf(address)
      await byName.penalty(failureKey(name, network))
      await byAddress.penalty(network)
    },
  }
}
