import { type Clock, epochSeconds } from '../model/time.js'

/** The server's clock as far as it can be known here; a {@link Clock} by which `exp`, expiry and staleness are judged. */
export interface ServerTime extends Clock {
  /** A request was sent whose answer will name the server's time: that bounds how late the first heartbeat can be. */
  ask(): void
  /** A heartbeat named the server's time, in milliseconds since 1970. @returns false when it came too late to be believed, or the server's clock was set back. */
  hear(timeMs: number): boolean
}

/** By how much a heartbeat may be late before its lateness is taken into account. */
const PUNCTUAL_MS = 2000
const ASK_AGAIN_MS = 60_000

/**
 * Estimates the server's clock. A heartbeat that was held back on its way looks like a server whose clock is behind, and
 * would make old news look fresh; therefore the estimate only grows while a connection lasts, and begins with the largest
 * value that is possible where the first answer took long. Before the first heartbeat it is this machine's clock.
 */
export function createServerTime(clock: Clock): ServerTime {
  let offsetMs = 0
  let bestMs = 0
  let askedAtMs: number | undefined
  let doubtfulAfterMs = Number.POSITIVE_INFINITY
  const nowMs = (): number => clock.nowMs() + offsetMs

  function begin(leastMs: number, mostMs: number, atMs: number): void {
    const isPunctual = mostMs - leastMs <= PUNCTUAL_MS
    offsetMs = isPunctual ? leastMs : mostMs
    bestMs = leastMs
    doubtfulAfterMs = isPunctual ? Number.POSITIVE_INFINITY : atMs + ASK_AGAIN_MS
    askedAtMs = undefined
  }

  return {
    nowMs,
    now: () => epochSeconds(Math.floor(nowMs() / 1000)),
    ask() {
      askedAtMs = clock.nowMs()
    },
    hear(timeMs) {
      const atMs = clock.nowMs()
      const leastMs = timeMs - atMs
      if (askedAtMs !== undefined) {
        begin(leastMs, timeMs - askedAtMs, atMs)
        return true
      }
      if (leastMs < bestMs - PUNCTUAL_MS || atMs > doubtfulAfterMs) return false
      bestMs = Math.max(bestMs, leastMs)
      offsetMs = Math.max(offsetMs, leastMs)
      return true
    },
  }
}
