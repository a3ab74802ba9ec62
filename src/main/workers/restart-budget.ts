import type { Clock } from '../../model/time.js'

/** How long to wait before a worker that has ended is started again; undefined: too many have ended, there is no sense in it. */
export type RestartBudget = () => number | undefined

const WINDOW_MS = 60_000
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5000

/** Lets `most` workers end within a minute; each one of them makes the next wait twice as long. */
export function createRestartBudget(most: number, clock: Pick<Clock, 'nowMs'>): RestartBudget {
  let ends: readonly number[] = []
  return () => {
    const now = clock.nowMs()
    ends = [...ends.filter((end) => now - end < WINDOW_MS), now]
    return ends.length > most ? undefined : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (ends.length - 1))
  }
}
