import type { RevocationEntry } from '../model/revocation-entry.js'
import { formatEntry, parseEntries, parseEntry } from './feed-entry.js'
import { epochAt, type FeedPosition, formatPosition } from './feed-position.js'
import { type BucketSums, type LogSum, parseBucket, parseSum, parseSums, wireSums } from './log-digest.js'
import { MalformedFeedMessage } from './malformed-feed-message.js'
import { milliseconds, parseObject, position, type WireObject } from './wire-values.js'

/** What a gateway is told each second: how far the log has come, and when SQL last said so. */
export interface FeedHead extends FeedPosition {
  /** When SQL last confirmed that this is the head, by the server's clock, in milliseconds since 1970. */
  readonly confirmedAtMs: number
  /** The server's clock when this was said, in milliseconds since 1970. */
  readonly timeMs: number
  /** What the log adds up to at this head. */
  readonly digest?: LogSum | undefined
  /** Of the server, over all of this: a JWS with detached content (`verifyFeedSignature`). */
  readonly signature?: string | undefined
}

/** Entries after a position, with the head that they lead to. */
export interface FeedChanges extends FeedHead {
  readonly entries: readonly RevocationEntry[]
}

/** What the log adds up to at a position, bucket by bucket. */
export interface FeedDigests extends FeedPosition, BucketSums {}

/** `{"epoch","seq","confirmed_at","time","from_bucket","digest","signature"}`: both times in epoch seconds with a fraction, exact to the millisecond. */
export function formatHeartbeat(head: FeedHead): string {
  return JSON.stringify(wireHead(head))
}

/** @throws MalformedFeedMessage */
export function parseHeartbeat(text: string): FeedHead {
  return parseHead(parseObject(text))
}

/** The answer to a long poll: a heartbeat with `entries`; `seq` is that of the last entry, or of the head where all were sent. */
export function formatChanges(changes: FeedChanges): string {
  return `${JSON.stringify(wireHead(changes)).slice(0, -1)},"entries":[${changes.entries.map(formatEntry).join(',')}]}`
}

/** @throws MalformedFeedMessage */
export function parseChanges(text: string): FeedChanges {
  const value = parseObject(text)
  return { ...parseHead(value), entries: parseEntries(value.entries) }
}

/** `{"epoch","seq","from_bucket","digests":{"<bucket>":"<sum>"}}`. */
export function formatDigests({ epoch, seq, ...sums }: FeedDigests): string {
  return JSON.stringify({ epoch, seq, ...wireSums(sums) })
}

/** @throws MalformedFeedMessage */
export function parseDigests(text: string): FeedDigests {
  const value = parseObject(text)
  const sums = parseSums(value)
  if (sums === undefined) throw new MalformedFeedMessage('digests that are missing')
  return { ...position(value), ...sums }
}

/** `event: revocation` with `id: <epoch>:<seq>` and the entry as data, as it goes over `text/event-stream`. */
export function formatRevocationEvent(epoch: string, entry: RevocationEntry): string {
  return `event: revocation\nid: ${formatPosition({ epoch, seq: entry.seq })}\ndata: ${formatEntry(entry)}\n\n`
}

/** `event: heartbeat`. It has no id: the place of a reader is that of its last entry. */
export function formatHeartbeatEvent(head: FeedHead): string {
  return `event: heartbeat\ndata: ${formatHeartbeat(head)}\n\n`
}

/** Reads the parts of `event: revocation`. @throws MalformedFeedMessage also when id and entry name different places. */
export function parseRevocationEvent(id: string, data: string): { readonly epoch: string; readonly entry: RevocationEntry } {
  const entry = parseEntry(parseObject(data))
  const epoch = epochAt(id, entry.seq)
  if (epoch === undefined) throw new MalformedFeedMessage('an event whose id is not that of its entry')
  return { epoch, entry }
}

function wireHead({ epoch, seq, confirmedAtMs, timeMs, digest, signature }: FeedHead): object {
  const sum = digest && { from_bucket: digest.fromBucket, digest: digest.sum }
  return { epoch, seq, confirmed_at: Math.round(confirmedAtMs) / 1000, time: Math.round(timeMs) / 1000, ...sum, signature }
}

function parseHead(value: WireObject): FeedHead {
  const { from_bucket: from, digest, signature } = value
  if (signature !== undefined && typeof signature !== 'string') throw new MalformedFeedMessage('a signature that is no text')
  const hasDigest = from !== undefined || digest !== undefined
  return {
    ...position(value),
    confirmedAtMs: milliseconds(value.confirmed_at),
    timeMs: milliseconds(value.time),
    ...(hasDigest && { digest: { fromBucket: parseBucket(from), sum: parseSum(digest) } }),
    ...(signature !== undefined && { signature }),
  }
}
