import type { RevocationLog } from '../../stores/revocation-log.js'
import { appendRevocations } from './append-revocations.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryRevocationLog(state: MemoryState): RevocationLog {
  return {
    append: (batch) => answer(state, () => appendRevocations(state, batch)),
    since: (seq, limit) =>
      answer(state, () =>
        state.log
          .map((line) => line.entry)
          .filter((entry) => entry.seq > seq)
          .slice(0, limit),
      ),
  }
}
