import { createMemoryDatabase } from '../../../src/adapters/memory/memory-database.js'
import { epochSeconds } from '../../../src/model/time.js'
import { allStoresContract } from '../../stores/all-stores.contract.js'
import { KEEP_AFTER_EXPIRY, MAX_CLOCK_SKEW } from '../../stores/opened-stores.js'

allStoresContract('memory', async (options = {}) => {
  let nowMs = 1_763_690_000_500
  const clock = { now: () => epochSeconds(Math.floor(nowMs / 1000)), nowMs: () => nowMs }
  const database = createMemoryDatabase(clock, { keepAfterExpiry: KEEP_AFTER_EXPIRY, maxClockSkew: MAX_CLOCK_SKEW, ...options })
  return {
    ...database,
    age: async (length) => {
      nowMs += length * 1000
    },
  }
})
