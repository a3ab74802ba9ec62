import type { NodeStore } from '../../stores/node-store.js'
import { answer, type MemoryState } from './memory-state.js'

/** How long a node that says nothing is remembered, in seconds. */
const REMEMBERED = 3600

export function createMemoryNodeStore(state: MemoryState): NodeStore {
  const { nodes, clock } = state
  return {
    announce: (id, seq) =>
      answer(state, () => {
        nodes.set(id, { id, seq, lastSeen: clock.now() })
        for (const node of nodes.values()) if (node.lastSeen < clock.now() - REMEMBERED) nodes.delete(node.id)
      }),
    list: (within) =>
      answer(state, () =>
        [...nodes.values()].filter(({ lastSeen }) => lastSeen >= clock.now() - within).sort((one, other) => (one.id < other.id ? -1 : 1)),
      ),
  }
}
