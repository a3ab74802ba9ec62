import type { RevocationLog } from '../../stores/revocation-log.js'
import { findBreak, isChainedBehind } from '../../verification/log-chain.js'
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
    continues: (seq, link) =>
      answer(state, () => {
        const next = state.log.find(({ entry }) => entry.seq === seq + 1)
        return next === undefined || isChainedBehind(next, link)
      }),
    findBreak: (newest) => answer(state, () => findBreak(state.log.slice(-newest))),
  }
}
