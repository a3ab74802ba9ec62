import { type Clock, epochSeconds } from '../../model/time.js'

/** The clock of the machine. */
export function createSystemClock(): Clock {
  return { now: () => epochSeconds(Math.floor(Date.now() / 1000)), nowMs: () => Date.now() }
}
