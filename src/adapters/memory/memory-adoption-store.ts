import { seconds } from '../../model/time.js'
import type { AdoptionStore } from '../../stores/adoption-store.js'

/** What is only in memory was never anybody else's. */
export const memoryAdoptionStore: AdoptionStore = {
  find: async () => undefined,
  longestLifetimes: async () => ({ access: seconds(0), refresh: seconds(0) }),
  takeTokenTypes: async () => 0,
  importRevocations: async () => ({ tokens: 0, subjects: 0, clients: 0 }),
  finish: async () => undefined,
}
