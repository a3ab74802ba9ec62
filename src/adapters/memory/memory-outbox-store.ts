import type { OutboxStore } from '../../stores/outbox-store.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryOutboxStore(state: MemoryState): OutboxStore {
  const { outboxes } = state
  return {
    position: (name) =>
      answer(state, () => {
        const { seq, late } = outboxes.get(name) ?? { seq: 0, late: [] }
        return { seq, late }
      }),
    move: ({ name, fence }, { seq, late }) =>
      answer(state, () => {
        if ((outboxes.get(name)?.fence ?? 0) > fence) return false
        outboxes.set(name, { seq, late, fence })
        return true
      }),
    since: ({ seq, limit, kind }) =>
      answer(state, () => state.log.filter(({ entry }) => entry.seq > seq && (kind === undefined || entry.kind === kind)).slice(0, limit)),
    at: (places) => answer(state, () => state.log.filter(({ entry }) => places.includes(entry.seq))),
  }
}
