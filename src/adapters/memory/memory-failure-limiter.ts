import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Clock, Seconds } from '../../model/time.js'
import type { FailureLimiter } from '../../stores/failure-limiter.js'

export interface FailureLimits {
  /** Failures of one name from one address in a window. */
  readonly perName: number
  /** Failures from one address in a window, whatever the name. */
  readonly perAddress: number
  readonly window: Seconds
}

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
      const left = Math.max(await secondsLeft(byName, nameKey(name, network), perName), await secondsLeft(byAddress, network, perAddress))
      return left > 0 ? left : undefined
    },
    async countFailure(name, address) {
      quietFromMs = clock.nowMs() + (window + 1) * 1000
      const network = networkOf(address)
      await byName.penalty(nameKey(name, network))
      await byAddress.penalty(network)
    },
  }
}

/** Hashed: a name may be a secret that was sent in its place, and may be long. */
function nameKey(name: string, network: string): string {
  return createHash('sha256').update(`${network}\0${name}`).digest('base64url')
}

/** One customer usually has a whole /64 of IPv6. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const [before, behind] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? [] : Array.from({ length: GROUPS - before.length - behind.length }, () => '0')
  return [...before, ...zeros, ...behind].slice(0, GROUPS / 2).join(':')
}

const GROUPS = 8
const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'))
