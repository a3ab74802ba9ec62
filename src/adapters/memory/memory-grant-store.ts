import { type DatabaseMoment, type GrantRow, judgeRefresh, purgeLeap } from '../../model/grant.js'
import type { GrantId } from '../../model/ids.js'
import { after, type EpochSeconds, later } from '../../model/time.js'
import type { AdvanceOutcome, GrantAdvance, GrantStore } from '../../stores/grant-store.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryGrantStore(state: MemoryState): GrantStore {
  return {
    advance: (step) => answer(state, () => takeGrantStep(state, step)),
    advanceMany: (steps) => answer(state, () => takeFirstSteps(state, steps)),
    find: (grantId) => answer(state, () => state.grants.get(grantId)),
    judge: (grantId, generation, settings) => answer(state, () => judgeRefresh(state.grants.get(grantId), generation, momentOf(state), settings)),
  }
}

/** The time, and when this database was said to have been away. */
export function momentOf({ clock, outage }: MemoryState): DatabaseMoment {
  return { now: clock.now(), outage }
}

export function takeGrantStep(state: MemoryState, step: GrantAdvance): AdvanceOutcome {
  const now = state.clock.now()
  const before = state.grants.get(step.grantId)
  const standing = judgeRefresh(before, step.from, momentOf(state), step)
  if (standing === 'current') return { standing, row: put(state, advanced(before, step, now)) }
  if (standing === 'grace' && before) return { standing, row: put(state, { ...before, graceUses: before.graceUses + 1 }) }
  return { standing: standing === 'grace' ? 'replayed' : standing }
}

function takeFirstSteps(state: MemoryState, steps: readonly GrantAdvance[]): readonly (GrantRow | undefined)[] {
  const tried = new Set<GrantId>()
  return steps.map((step) => {
    if (tried.has(step.grantId)) return undefined
    tried.add(step.grantId)
    const before = state.grants.get(step.grantId)
    if (judgeRefresh(before, step.from, momentOf(state), step) !== 'current') return undefined
    return put(state, advanced(before, step, state.clock.now()))
  })
}

function advanced(before: GrantRow | undefined, step: GrantAdvance, now: EpochSeconds): GrantRow {
  const expiresAt = step.lifetime === undefined ? step.presentedExpiresAt : after(now, step.lifetime)
  const needed = after(later(step.presentedExpiresAt, expiresAt), step.keepAfterExpiry)
  return {
    grantId: step.grantId,
    generation: step.from + 1,
    rotatedAt: now,
    graceUses: 0,
    expiresAt,
    revokedAt: undefined,
    purgeAfter: before !== undefined && before.purgeAfter >= needed ? before.purgeAfter : after(needed, purgeLeap(step.lifetime)),
  }
}

function put(state: MemoryState, row: GrantRow): GrantRow {
  state.grants.set(row.grantId, row)
  return row
}
