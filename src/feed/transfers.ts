import type { Clock } from '../model/time.js'

/** Snapshots on their way. Each keeps alive what it is sending, which may be large and no longer the newest. */
export interface Transfers {
  /**
   * @param cut ends it at once.
   * @returns what is to be called at its end; undefined when there are too many.
   */
  begin(cut: () => void): (() => void) | undefined
  /** Cuts those that take too long. To be called each second. */
  beat(): void
}

/** A hundred megabytes at some seven megabits a second. */
const LONGEST_MS = 120_000

/** @param most how many there may be at once. */
export function createTransfers(clock: Clock, most: number): Transfers {
  const all = new Set<{ readonly untilMs: number; readonly cut: () => void }>()
  return {
    begin(cut) {
      if (all.size >= most) return undefined
      const one = { untilMs: clock.nowMs() + LONGEST_MS, cut }
      all.add(one)
      return () => void all.delete(one)
    },
    beat() {
      for (const one of all) {
        if (one.untilMs > clock.nowMs()) continue
        all.delete(one)
        one.cut()
      }
    },
  }
}
