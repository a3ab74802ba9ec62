import { after, longer } from '../../model/time.js'
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
    recordOutage: (began, grace) =>
      answer(state, () => {
        const { outage } = state
        const isSame = after(outage.ended, grace) >= began && outage.began < began
        state.outage = { began: isSame ? outage.began : began, ended: clock.now() }
      }),
    startEpoch: (from, seq) =>
      answer(state, () => {
        if (head.epoch !== from) return
        head.epoch = Math.max(from + 1, clock.nowMs())
        head.seq = Math.max(head.seq, seq)
      }),
  }
}
