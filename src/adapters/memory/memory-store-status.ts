import type { StoreStatus } from '../../stores/store-status.js'
import type { StoredTokenFormat } from '../../stores/stored-token-store.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryStoreStatus(state: MemoryState): StoreStatus {
  return {
    engine: 'memory',
    migrations: () => answer(state, () => ({ applied: [], pending: [] })),
    storedTokens: () => answer(state, () => [aliveOf(state, 'opaque'), aliveOf(state, 'jwt')]),
    deadTokens: (atMost) => answer(state, () => Math.min(atMost, [...state.storedTokens.values()].filter(({ state: is }) => is !== 'ACTIVE').length)),
  }
}

function aliveOf({ storedTokens, clock }: MemoryState, kind: StoredTokenFormat) {
  const active = [...storedTokens.values()].filter((token) => token.state === 'ACTIVE' && token.format === kind)
  const alive = active.map((token) => Math.max(token.expiresAt, token.refreshExpiresAt ?? 0)).filter((expiry) => expiry > clock.now())
  return { kind, alive: alive.length, lastExpiry: alive.length === 0 ? null : Math.max(...alive) }
}
