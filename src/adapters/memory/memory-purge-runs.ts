import type { PurgeRuns } from '../../stores/purge-runs.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryPurgeRuns(state: MemoryState): PurgeRuns {
  const { purgeRuns, clock } = state
  return {
    record: (report) => answer(state, () => void purgeRuns.set(report.target, { ...report, endedAt: clock.now() })),
    list: () => answer(state, () => [...purgeRuns.values()].sort((one, other) => (one.target < other.target ? -1 : 1))),
  }
}
