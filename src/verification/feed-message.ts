import { REVOCATION_KINDS, type RevocationEntry, type RevocationKind } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import { type FeedPosition, formatPosition, parsePosition } from './feed-position.js'

/** What a gateway is told each second: how far the log has come, and when SQL last said so. */
export interface FeedHead extends FeedPosition {
  /** When SQL last confirmed that this is the head, by the server's clock, in milliseconds since 1970. */
  readonly confirmedAtMs: number
  /** The server's clock when this was said, in milliseconds since 1970. */
  readonly timeMs: number
}

/** Where and when a snapshot was taken. */
export interface SnapshotHead extends FeedPosition {
  readonly generatedAt: EpochSeconds
}

/** All live entries at one position of the log. Some that are newer may be among them: they come again with the changes, which does no harm. */
export interface FeedSnapshot extends SnapshotHead {
  /** Ascending by `seq`. */
  readonly entries: readonly RevocationEntry[]
}

/** Entries after a position, with the head that they lead to. */
export interface FeedChanges extends FeedHead {
  readonly entries: readonly RevocationEntry[]
}

/** What came over the feed is not of its form. Whoever reads it starts anew from a snapshot. */
export class MalformedFeedMessage extends Error {
  override readonly name = 'MalformedFeedMessage'
}

/** `{"seq","kind","id","cutoff","expires"}`: no `id` for `all`, no `cutoff` where everything matches; whole epoch seconds. */
export function formatEntry(entry: RevocationEntry): string {
  const { seq, kind, id, cutoff, expires } = entry
  return JSON.stringify({ seq, kind, id: kind === 'all' ? undefined : id, cutoff, expires })
}

/** Unknown fields are passed over: the format may gain some. @throws MalformedFeedMessage */
export function parseEntry(value: unknown): RevocationEntry {
  const { seq, kind, id = '', cutoff, expires } = object(value)
  if (!isKind(kind)) throw new MalformedFeedMessage('an entry of an unknown kind')
  if (typeof id !== 'string' || (id === '') !== (kind === 'all')) throw new MalformedFeedMessage('an entry without id, or one for all with an id')
  return { seq: place(seq, 1), kind, id, cutoff: cutoff === undefined ? undefined : instant(cutoff), expires: instant(expires) }
}

/** The two forms of a snapshot: `application/json` and `application/x-ndjson`. */
export type SnapshotForm = 'json' | 'lines'

/** How a form is put together from the entries, each as {@link formatEntry} writes it. */
interface SnapshotFrame {
  begin(head: SnapshotHead): string
  readonly between: string
  end(count: number): string
}

/**
 * `{"epoch","seq","generated_at","entries":[…]}`, `generated_at` in whole epoch seconds; or line by line the same without
 * `entries`, each entry, and `{"end":true,"count":N}`, without which a reader has to take it for cut off.
 */
export const SNAPSHOT_FRAMES: Readonly<Record<SnapshotForm, SnapshotFrame>> = {
  json: { begin: (head) => `${formatSnapshotHead(head).slice(0, -1)},"entries":[`, between: ',', end: () => ']}' },
  lines: {
    begin: (head) => `${formatSnapshotHead(head)}\n`,
    between: '\n',
    end: (count) => `${count === 0 ? '' : '\n'}{"end":true,"count":${count}}\n`,
  },
}

/** @throws MalformedFeedMessage */
export function parseSnapshot(text: string): FeedSnapshot {
  const value = object(json(text))
  const head = parseSnapshotHead(value)
  return { ...head, entries: parseEntries(value.entries) }
}

/**
 * Reads the lines of a snapshot, giving each entry to `take`.
 * @returns where the snapshot was taken, once its last line has come.
 * @throws MalformedFeedMessage when a line is not of its form, out of order, or missing.
 */
export async function parseSnapshotLines(lines: AsyncIterable<string>, take: (entry: RevocationEntry) => void): Promise<SnapshotHead> {
  let head: SnapshotHead | undefined
  let count = 0
  let last = 0
  for await (const line of lines) {
    const value = object(json(line))
    if (head === undefined) {
      head = parseSnapshotHead(value)
      continue
    }
    if (value.end === true) {
      if (value.count !== count) throw new MalformedFeedMessage('a snapshot with another number of entries than it says')
      return head
    }
    const entry = inOrder(parseEntry(value), last)
    last = entry.seq
    count++
    take(entry)
  }
  throw new MalformedFeedMessage('a snapshot that was cut off')
}

/** `{"epoch","seq","confirmed_at","time"}`: both times in epoch seconds with a fraction, exact to the millisecond. */
export function formatHeartbeat(head: FeedHead): string {
  return JSON.stringify(wireHead(head))
}

/** @throws MalformedFeedMessage */
export function parseHeartbeat(text: string): FeedHead {
  return parseHead(object(json(text)))
}

/** The answer to a long poll: `{"epoch","seq","confirmed_at","time","entries":[…]}`; `seq` is that of the last entry, or of the head where all were sent. */
export function formatChanges(changes: FeedChanges): string {
  return `${JSON.stringify(wireHead(changes)).slice(0, -1)},"entries":[${changes.entries.map(formatEntry).join(',')}]}`
}

/** @throws MalformedFeedMessage */
export function parseChanges(text: string): FeedChanges {
  const value = object(json(text))
  const head = parseHead(value)
  return { ...head, entries: parseEntries(value.entries) }
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
  const position = parsePosition(id)
  const entry = parseEntry(json(data))
  if (position === undefined || position.seq !== entry.seq) throw new MalformedFeedMessage('an event whose id is not that of its entry')
  return { epoch: position.epoch, entry }
}

function formatSnapshotHead({ epoch, seq, generatedAt }: SnapshotHead): string {
  return JSON.stringify({ epoch, seq, generated_at: generatedAt })
}

function wireHead({ epoch, seq, confirmedAtMs, timeMs }: FeedHead): object {
  return { epoch, seq, confirmed_at: Math.round(confirmedAtMs) / 1000, time: Math.round(timeMs) / 1000 }
}

function parseSnapshotHead(value: Record<string, unknown>): SnapshotHead {
  return { ...parseHeadPosition(value), generatedAt: instant(value.generated_at) }
}

function parseHead(value: Record<string, unknown>): FeedHead {
  return { ...parseHeadPosition(value), confirmedAtMs: milliseconds(value.confirmed_at), timeMs: milliseconds(value.time) }
}

function parseHeadPosition({ epoch, seq }: Record<string, unknown>): FeedPosition {
  const position = typeof epoch === 'string' ? parsePosition(formatPosition({ epoch, seq: place(seq, 0) })) : undefined
  if (position === undefined) throw new MalformedFeedMessage('an epoch that is no string of digits')
  return position
}

function parseEntries(value: unknown): readonly RevocationEntry[] {
  if (!Array.isArray(value)) throw new MalformedFeedMessage('entries that are no list')
  let last = 0
  return value.map((one) => {
    const entry = inOrder(parseEntry(one), last)
    last = entry.seq
    return entry
  })
}

function inOrder(entry: RevocationEntry, after: number): RevocationEntry {
  if (entry.seq <= after) throw new MalformedFeedMessage('an entry out of order')
  return entry
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MalformedFeedMessage('no JSON', { cause })
  }
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedFeedMessage('no JSON object')
  return value as Record<string, unknown>
}

function place(value: unknown, least: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least) throw new MalformedFeedMessage('a place that is no whole number')
  return value as number
}

function instant(value: unknown): EpochSeconds {
  if (!Number.isSafeInteger(value)) throw new MalformedFeedMessage('a time that is not whole seconds')
  return value as EpochSeconds
}

function milliseconds(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new MalformedFeedMessage('a time that is no number')
  return Math.round(value * 1000)
}

const isKind = (value: unknown): value is RevocationKind => REVOCATION_KINDS.some((kind) => kind === value)
