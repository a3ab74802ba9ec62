import { type Clock, epochSeconds } from '../model/time.js'

/** The server's clock as far as it can be known here; a {@link Clock} by which `exp`, expiry and staleness are judged. */
export interface ServerTime extends Clock {
  /**
   * A request is sent whose answer will name the server's time: that bounds how late the first heartbeat can be.
   * @returns to be called where it is this one, of those that were sent beside each other, that was answered.
   */
  ask(): () => void
  /**
   * A heartbeat named the server's time, in milliseconds since 1970.
   * @returns false when it came too late to be believed, the server's clock was set back, or it is better to ask again at once.
   */
  hear(timeMs: number): boolean
  /** Whether a heartbeat was heard yet. */
  isKnown(): boolean
}

/** By how much a heartbeat may be late before its lateness is taken into account. */
const PUNCTUAL_MS = 2000
const ASK_AGAIN_MS = 60_000

/**
 * Estimates the server's clock. A heartbeat that was held back on its way looks like a server whose clock is behind, and
 * would make old news look fresh; therefore the estimate only grows while a connection lasts, and begins with the largest
 * value that is possible where the first answer took long. That is often due to what had to be told first, and would make good news look
 * old: so it is asked once more before. Before the first heartbeat it is this machine's clock.
 */
export function createServerTime(clock: Clock): ServerTime {
  let isKnown = false
  let offsetMs = 0
  let bestMs = 0
  let askedAtMs: number | undefined
  let wasLate = false
  let doubtfulAfterMs = Number.POSITIVE_INFINITY
  const nowMs = (): number => clock.nowMs() + offsetMs

  /** @returns false where it is to be asked once more. */
  function begin(leastMs: number, mostMs: number, atMs: number): boolean {
    const isPunctual = mostMs - leastMs <= PUNCTUAL_MS
    const isBearable = isPunctual || wasLate
    wasLate = !isPunctual
    askedAtMs = undefined
    if (!isBearable) return false
    offsetMs = isPunctual ? leastMs : mostMs
    bestMs = leastMs
    doubtfulAfterMs = isPunctual ? Number.POSITIVE_INFINITY : atMs + ASK_AGAIN_MS
    return true
  }

  return {
    nowMs,
    now: () => epochSeconds(Math.floor(nowMs() / 1000)),
    ask() {
      const nowMs = clock.nowMs()
      return () => {
        askedAtMs = nowMs
      }
    },
    isKnown: () => isKnown,
    hear(timeMs) {
      const atMs = clock.nowMs()
      const leastMs = timeMs - atMs
      if (askedAtMs !== undefined) {
        const isBegun = begin(leastMs, timeMs - askedAtMs, atMs)
        isKnown ||= isBegun
        return isBegun
      }
      if (leastMs < bestMs - PUNCTUAL_MS || atMs > doubtfulAfterMs) return false
      bestMs = Math.max(bestMs, leastMs)
      offsetMs = Math.max(offsetMs, leastMs)
      return true
    },
  }
}
