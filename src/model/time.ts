import type { Branded } from './brand.js'

/** Whole seconds since 1970-01-01T00:00:00Z, as in RFC 7519 §2 NumericDate. Never milliseconds. */
export type EpochSeconds = Branded<number, 'EpochSeconds'>
/** A length of time in whole seconds. */
export type Seconds = Branded<number, 'Seconds'>

/** The only source of "now". Tests pass a clock that stands still. */
export interface Clock {
  now(): EpochSeconds
  /** Milliseconds since 1970, for what is finer than a second: staleness, epochs of the revocation log. */
  nowMs(): number
}

/** @throws RangeError when `value` is not a whole number. */
export function epochSeconds(value: number): EpochSeconds {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not whole seconds: ${value}`)
  return value as EpochSeconds
}

/** @throws RangeError when `value` is not a whole number from 0. */
export function seconds(value: number): Seconds {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a length in seconds: ${value}`)
  return value as Seconds
}

/** The instant `length` after `instant`. */
export function after(instant: EpochSeconds, length: Seconds): EpochSeconds {
  return (instant + length) as EpochSeconds
}

/** The later of two instants. */
export function later(one: EpochSeconds, other: EpochSeconds): EpochSeconds {
  return one > other ? one : other
}

/** The longer of two lengths. */
export function longer(one: Seconds, other: Seconds): Seconds {
  return one > other ? one : other
}
