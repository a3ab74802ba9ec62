import { type Clock, epochSeconds } from '../model/time.js'

/** The clock of this machine as it was when the process started, and since then one that nobody can set. */
export function createSystemClock(): Clock {
  const { timeOrigin } = performance
  const nowMs = (): number => timeOrigin + performance.now()
  return { nowMs, now: () => epochSeconds(Math.floor(nowMs() / 1000)) }
}
