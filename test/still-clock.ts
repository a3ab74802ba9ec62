import { type Clock, epochSeconds } from '../src/model/time.js'

/** A clock that stands still until it is told to go. */
export class StillClock implements Clock {
  #ms: number

  constructor(seconds = 1_800_000_000) {
    this.#ms = seconds * 1000
  }

  now() {
    return epochSeconds(Math.floor(this.#ms / 1000))
  }

  nowMs() {
    return this.#ms
  }

  /** Forwards, or with a negative number backwards. */
  advance(seconds: number): void {
    this.#ms += seconds * 1000
  }
}
