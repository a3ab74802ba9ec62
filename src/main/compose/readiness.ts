import type { Readiness } from '../../http/routes/health-route.js'
import type { Seconds } from '../../model/time.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

/** After how long without an answer the database counts as down. */
const DOWN_AFTER_MS = 2000

/** What `/readyz` tells. */
export interface ReadinessSwitch {
  readonly read: () => Readiness
  /** Everything is loaded. */
  prepared(): void
  /** The process is about to end. */
  stopping(): void
}

/** Losing the database does not take a node out before its revocations are too old to go on. */
export function createReadiness(
  { follower, keys }: State,
  { clock, bus }: Pick<Resources, 'clock' | 'bus'>,
  publishBefore: Seconds,
): ReadinessSwitch {
  let phase: 'starting' | 'serving' | 'stopping' = 'starting'
  return {
    read() {
      const isUp = follower.confirmedAtMs !== undefined && clock.nowMs() - follower.confirmedAtMs <= DOWN_AFTER_MS
      // Whoever has not heard of the next key for as long as it is published beforehand may meet tokens of it.
      const knowsKeys = clock.nowMs() - (keys.confirmedAtMs() ?? Number.NEGATIVE_INFINITY) <= publishBefore * 1000
      return {
        isReady: phase === 'serving' && follower.isFresh() && !follower.isSkewed() && knowsKeys,
        database: isUp ? 'up' : 'down',
        redis: bus?.state() ?? 'none',
      }
    },
    prepared() {
      phase = 'serving'
    },
    stopping() {
      phase = 'stopping'
    },
  }
}
