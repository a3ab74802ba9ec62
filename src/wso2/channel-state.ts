/** Whether the receiver takes anything at all, and when it may be asked again if not. */
export interface ChannelState {
  /** How many have been taken since the beginning. */
  readonly taken: number
  /** How many may be under way at once. */
  room(nowMs: number): number
  succeeded(): void
  failed(nowMs: number): void
  readonly failures: number
}

/** Enough for hundreds in a second, and little for a server that has other things to do. */
export const MOST_AT_ONCE = 16
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000

/** `first` for the first failure, then twice as long each time, up to `longest`. */
export function pauseAfter(failures: number, first: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.min(failures - 1, 20))
}

export function createChannelState(): ChannelState {
  let [taken, failures, openFromMs] = [0, 0, 0]
  return {
    get taken() {
      return taken
    },
    get failures() {
      return failures
    },
    // One that is away is asked by one at a time.
    room: (nowMs) => (failures === 0 ? MOST_AT_ONCE : nowMs >= openFromMs ? 1 : 0),
    succeeded() {
      taken++
      failures = 0
    },
    failed(nowMs) {
      failures++
      openFromMs = nowMs + pauseAfter(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
    },
  }
}
