import type { KeptRows } from '../../stores/kept-rows.js'
import { answer, type MemoryState } from './memory-state.js'

/** What is in memory has no rows that could be put back. */
export function createMemoryKeptRows(state: MemoryState): KeptRows {
  return {
    databaseId: () => answer(state, () => `memory-${state.head.epoch}`),
    newestRun: () => answer(state, () => null),
    list: () => answer(state, () => []),
    putBack: (_table, rows) => answer(state, () => rows.map(() => 'unknown_table' as const)),
  }
}
