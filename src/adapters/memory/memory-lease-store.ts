import type { Lease, LeaseStore } from '../../stores/lease-store.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryLeaseStore(state: MemoryState): LeaseStore {
  const { leases, clock } = state
  const isThis = ({ name, holder, fence }: Lease): boolean => leases.get(name)?.holder === holder && leases.get(name)?.fence === fence
  const put = (lease: Lease, expiresMs: number): void => void leases.set(lease.name, { ...lease, expiresMs })
  return {
    take: (name, holder, length) =>
      answer(state, () => {
        const before = leases.get(name)
        if (before !== undefined && before.expiresMs > clock.nowMs()) return undefined
        const lease = { name, holder, fence: (before?.fence ?? 0) + 1 }
        put(lease, clock.nowMs() + length * 1000)
        return lease
      }),
    renew: (lease, length) =>
      answer(state, () => {
        if (!isThis(lease) || (leases.get(lease.name)?.expiresMs ?? 0) <= clock.nowMs()) return false
        put(lease, clock.nowMs() + length * 1000)
        return true
      }),
    release: (lease) =>
      answer(state, () => {
        if (isThis(lease)) put(lease, 0)
      }),
  }
}
