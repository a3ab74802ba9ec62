import { REVOCATION_KINDS, type RevocationKind } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import { type FeedPosition, formatPosition, parsePosition } from './feed-position.js'
import { MalformedFeedMessage } from './malformed-feed-message.js'

/** The members of one JSON object that came over the feed, not yet examined. */
export type WireObject = Readonly<Record<string, unknown>>

/** @throws MalformedFeedMessage */
export function parseObject(text: string): WireObject {
  try {
    return object(JSON.parse(text))
  } catch (cause) {
    throw cause instanceof MalformedFeedMessage ? cause : new MalformedFeedMessage('no JSON', { cause })
  }
}

/** @throws MalformedFeedMessage */
export function object(value: unknown): WireObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedFeedMessage('no JSON object')
  return value as WireObject
}

/** The members `epoch` and `seq`. @throws MalformedFeedMessage */
export function position({ epoch, seq }: WireObject): FeedPosition {
  const parsed = typeof epoch === 'string' ? parsePosition(formatPosition({ epoch, seq: whole(seq, 0) })) : undefined
  if (parsed === undefined) throw new MalformedFeedMessage('an epoch that is no string of digits')
  return parsed
}

/** A whole number, not below `least`. @throws MalformedFeedMessage */
export function whole(value: unknown, least: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least) throw new MalformedFeedMessage('a place that is no whole number')
  return value as number
}

/** @throws MalformedFeedMessage */
export function instant(value: unknown): EpochSeconds {
  if (!Number.isSafeInteger(value)) throw new MalformedFeedMessage('a time that is not whole seconds')
  return value as EpochSeconds
}

/** Seconds with a fraction, as milliseconds. @throws MalformedFeedMessage */
export function milliseconds(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new MalformedFeedMessage('a time that is no number')
  return Math.round(value * 1000)
}

/** @throws MalformedFeedMessage */
export function kindOf(value: unknown): RevocationKind {
  const kind = REVOCATION_KINDS.find((one) => one === value)
  if (kind === undefined) throw new MalformedFeedMessage('an entry of an unknown kind')
  return kind
}
