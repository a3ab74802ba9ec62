import type { StoreStatus } from '../../stores/store-status.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryStoreStatus(state: MemoryState): StoreStatus {
  return {
    engine: 'memory',
    migrations: () => answer(state, () => ({ applied: [], pending: [] })),
    storedTokens: () =>
      answer(state, () => {
        const active = [...state.storedTokens.values()].filter((token) => token.state === 'ACTIVE')
        const alive = active.map((token) => Math.max(token.expiresAt, token.refreshExpiresAt ?? 0)).filter((expiry) => expiry > state.clock.now())
        return [{ kind: 'opaque', alive: alive.length, lastExpiry: alive.length === 0 ? null : Math.max(...alive) }]
      }),
  }
}
