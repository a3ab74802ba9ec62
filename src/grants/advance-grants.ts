import type { GrantRow } from '../model/grant.js'
import { createCoalescer } from '../stores/coalesce.js'
import type { AdvanceOutcome, GrantAdvance, GrantStore } from '../stores/grant-store.js'

/** One commit of this many rows stays short. */
const MAX_BATCH = 500

export interface AdvanceNeeds {
  readonly grants: Pick<GrantStore, 'advance' | 'advanceMany'>
  /** Lets what has arrived meanwhile be read (CoalesceSettings). */
  readonly nextTurn: () => Promise<void>
}

/** Steps of grants, of which those that come while a commit is under way go together into the next one. */
export interface GrantAdvances {
  /** As GrantStore.advance. @throws Overloaded when too many wait. */
  advance(step: GrantAdvance): Promise<AdvanceOutcome>
  /** Steps that wait or are being committed now. */
  pending(): number
}

export function createGrantAdvances({ grants, nextTurn }: AdvanceNeeds, maxQueue: number): GrantAdvances {
  const coalescer = createCoalescer<GrantAdvance, GrantRow | undefined>((batch) => grants.advanceMany(batch), {
    name: 'refreshes',
    maxBatch: MAX_BATCH,
    maxQueue,
    nextTurn,
  })
  return {
    async advance(step) {
      const row = await coalescer.submit(step)
      // Why it was not taken is found out beside the queue: nobody else waits for that.
      return row === undefined ? grants.advance(step) : { standing: 'current', row }
    },
    pending: () => coalescer.pending(),
  }
}
