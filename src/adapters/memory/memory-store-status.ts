import type { AliveTokens, StoreStatus } from '../../stores/store-status.js'
import type { StoredToken } from '../../stores/stored-token-store.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryStoreStatus(state: MemoryState): StoreStatus {
  return {
    engine: 'memory',
    migrations: () => answer(state, () => ({ applied: [], pending: [] })),
    storedTokens: (mostExamined) => answer(state, () => examine(state, mostExamined)),
    replicationLag: () => answer(state, () => undefined),
    commits: () => answer(state, () => undefined),
    deadTokens: (mostExamined) => answer(state, () => countDead(state, mostExamined)),
  }
}

function countDead({ storedTokens }: MemoryState, most: number): number {
  const first = [...storedTokens.values()].sort((one, other) => endOf(one) - endOf(other)).slice(0, most)
  return first.filter(({ state }) => state !== 'ACTIVE').length
}

function examine({ storedTokens, clock }: MemoryState, most: number): readonly AliveTokens[] {
  const unexpired = [...storedTokens.values()].filter((token) => endOf(token) > clock.now()).sort((one, other) => endOf(other) - endOf(one))
  const alive = unexpired.slice(0, most + 1).filter(({ state }) => state === 'ACTIVE')
  return (['opaque', 'jwt'] as const).map((kind) => {
    const ends = alive.filter(({ format }) => format === kind).map(endOf)
    const found = { kind, alive: ends.length, lastExpiry: ends[0] ?? null }
    return unexpired.length > most ? { ...found, atLeast: true } : found
  })
}

const endOf = ({ expiresAt, refreshExpiresAt }: StoredToken): number => Math.max(expiresAt, refreshExpiresAt ?? 0)
