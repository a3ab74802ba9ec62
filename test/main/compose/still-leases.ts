import type { Seconds } from '../../../src/model/time.js'
import type { Lease, LeaseStore } from '../../../src/stores/lease-store.js'
import type { StillClock } from '../../still-clock.js'

/** Leases of one name, by a clock that stands still. */
export function createLeases(clock: StillClock): LeaseStore {
  let [fence, current, endsAtMs]: [number, Lease | undefined, number] = [0, undefined, 0]
  const isHeld = (lease: Lease): boolean => current === lease && clock.nowMs() < endsAtMs
  const hold = (length: Seconds): void => {
    endsAtMs = clock.nowMs() + length * 1000
  }
  return {
    async take(name, holder, length) {
      if (current !== undefined && clock.nowMs() < endsAtMs) return undefined
      fence += 1
      current = { name, holder, fence }
      hold(length)
      return current
    },
    async renew(lease, length) {
      if (!isHeld(lease)) return false
      hold(length)
      return true
    },
    async release(lease) {
      if (isHeld(lease)) current = undefined
    },
  }
}
