import type { PurgeRuns } from '../../stores/purge-runs.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryPurgeRuns(state: MemoryState): PurgeRuns {
  const { purgeRuns, purgePlaces, clock } = state
  return {
    record: (report) => answer(state, () => void purgeRuns.set(report.target, { ...report, endedAt: clock.now() })),
    place: (target) => answer(state, () => purgePlaces.get(target) ?? null),
    list: () => answer(state, () => [...purgeRuns.values()].sort((one, other) => (one.target < other.target ? -1 : 1))),
  }
}
