import { type Seconds, seconds } from '../model/time.js'
import { hasUnit, parseDurationMs } from './durations.js'
import { createKind, type Kind } from './kind.js'
import { nearestWord } from './nearest-key.js'

export const trueOrFalse: Kind<boolean> = createKind('true or false', (value) => (typeof value === 'boolean' ? value : undefined))

/** Text of at least one character, without control characters. */
export const text: Kind<string> = createKind('a text that is not empty', (value) => (isText(value) && value !== '' ? value : undefined))

/** None is a list too. */
export const texts: Kind<readonly string[]> = createKind('a list of texts that are not empty', (value) =>
  Array.isArray(value) && value.every((one): one is string => isText(one) && one !== '') ? value : undefined,
)

/** Passwords may be empty, and hold anything. */
export const anyText: Kind<string> = createKind('a text', (value) => (typeof value === 'string' ? value : undefined))

/** For keys that are known but of which nothing is read. */
export const anything: Kind<unknown> = { expects: 'any value', read: (value) => ({ ok: true, value }) }

export const hostName: Kind<string> = createKind('a host name or an IP address without brackets', (value) =>
  typeof value === 'string' && /^[A-Za-z0-9._:-]{1,255}$/.test(value) ? value : undefined,
)

function isText(value: unknown): value is string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return typeof value === 'string' && !/[\x00-\x1f\x7f]/.test(value)
}

export function wholeNumber(from: number, to: number): Kind<number> {
  return createKind(`a whole number from ${from} to ${to}`, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to ? value : undefined,
  )
}

export function oneOf<Word extends string>(...words: readonly Word[]): Kind<Word> {
  const expects = words.map((word) => `"${word}"`).join(' or ')
  return {
    expects,
    read: (value) => {
      const word = words.find((candidate) => candidate === value)
      if (word !== undefined) return { ok: true, value: word }
      return { ok: false, message: `expected ${expects}`, didYouMean: typeof value === 'string' ? nearestWord(value, words) : undefined }
    },
  }
}

/** The longest length of time that a key takes. */
const LONGEST = '3650d'

/** Whole seconds; a number without a unit is seconds. The bounds are written as they would be in the file. */
export function duration(from: string, to: string = LONGEST): Kind<Seconds> {
  const [least, most] = [bound(from), bound(to)]
  return createKind(`seconds, or with a unit ("90s", "15m", "1h", "1d"), from ${from} to ${to}`, (value) => {
    const length = parseDurationMs(value)
    return length !== undefined && length >= least && length <= most && length % 1000 === 0 ? seconds(length / 1000) : undefined
  })
}

/** Milliseconds; a number without a unit is seconds. */
export function durationMs(from: string, to: string): Kind<number> {
  const [least, most] = [bound(from), bound(to)]
  return createKind(`seconds, or with a unit ("500ms", "1s"), from ${from} to ${to}`, (value) => {
    const length = parseDurationMs(value)
    return length !== undefined && length >= least && length <= most ? length : undefined
  })
}

/** Where WSO2's unit without a word would be minutes: only with a unit. */
export function durationWithUnit(from: string): Kind<Seconds> {
  const plain = duration(from)
  return createKind(`a length of time with its unit ("15m", "1h", "1d"), from ${from} to ${LONGEST}`, (value) => {
    const reading = plain.read(value)
    return reading.ok && hasUnit(value) ? reading.value : undefined
  })
}

function bound(duration: string): number {
  const length = parseDurationMs(duration)
  if (length === undefined) throw new RangeError(`not a length of time: ${duration}`)
  return length
}
