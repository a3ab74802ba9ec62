import { epochSeconds, longer } from '../../model/time.js'
import type { ChangeHeads } from '../../stores/change-heads.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryChangeHeads(state: MemoryState): ChangeHeads {
  const { head, clock } = state
  return {
    read: () => answer(state, () => ({ ...head, databaseTimeMs: clock.nowMs() })),
    raiseLifetimes: (access, refresh) =>
      answer(state, () => {
        head.longestAccessLifetime = longer(head.longestAccessLifetime, access)
        head.longestRefreshLifetime = longer(head.longestRefreshLifetime, refresh)
      }),
    recordOutage: (length) =>
      answer(state, () => {
        const now = clock.now()
        const began = epochSeconds(now - length)
        state.outage = { began: state.outage.ended >= began && state.outage.began < began ? state.outage.began : began, ended: now }
      }),
    startEpoch: (from, seq) =>
      answer(state, () => {
        if (head.epoch !== from) return
        head.epoch = Math.max(from + 1, clock.nowMs())
        head.seq = Math.max(head.seq, seq)
      }),
  }
}
