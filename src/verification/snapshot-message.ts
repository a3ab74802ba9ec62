import type { RevocationEntry } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import { inOrder, parseEntries, parseEntry } from './feed-entry.js'
import type { FeedPosition } from './feed-position.js'
import { type BucketSums, parseSums, wireSums } from './log-digest.js'
import { MalformedFeedMessage } from './malformed-feed-message.js'
import { instant, parseObject, position, type WireObject } from './wire-values.js'

/** Where and when a snapshot was taken. */
export interface SnapshotHead extends FeedPosition {
  readonly generatedAt: EpochSeconds
  /** What the log adds up to at this place, entries that are not in the snapshot included: a reader goes on from there. */
  readonly digests?: BucketSums | undefined
}

/** All live entries at one position of the log. Some that are newer may be among them: they come again with the changes, which does no harm. */
export interface FeedSnapshot extends SnapshotHead {
  /** Ascending by `seq`. */
  readonly entries: readonly RevocationEntry[]
}

/** The two forms of a snapshot that are text: `application/json` and `application/x-ndjson`. */
export type TextForm = 'json' | 'lines'

/** How a form is put together from the entries, each as `formatEntry` writes it. */
interface SnapshotFrame {
  begin(head: SnapshotHead): string
  readonly between: string
  end(count: number): string
}

/**
 * `{"epoch","seq","generated_at","from_bucket","digests","entries":[…]}`, `generated_at` in whole epoch seconds; or line by line the same
 * without `entries`, each entry, and `{"end":true,"count":N}`, without which a reader has to take it for cut off.
 */
export const SNAPSHOT_FRAMES: Readonly<Record<TextForm, SnapshotFrame>> = {
  json: { begin: (head) => `${formatSnapshotHead(head).slice(0, -1)},"entries":[`, between: ',', end: () => ']}' },
  lines: {
    begin: (head) => `${formatSnapshotHead(head)}\n`,
    between: '\n',
    end: (count) => `${count === 0 ? '' : '\n'}{"end":true,"count":${count}}\n`,
  },
}

/** @throws MalformedFeedMessage */
export function parseSnapshot(text: string): FeedSnapshot {
  const value = parseObject(text)
  return { ...parseSnapshotHead(value), entries: parseEntries(value.entries) }
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
    const value = parseObject(line)
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

function formatSnapshotHead({ epoch, seq, generatedAt, digests }: SnapshotHead): string {
  return JSON.stringify({ epoch, seq, generated_at: generatedAt, ...(digests && wireSums(digests)) })
}

function parseSnapshotHead(value: WireObject): SnapshotHead {
  const head = { ...position(value), generatedAt: instant(value.generated_at) }
  const digests = parseSums(value)
  return digests === undefined ? head : { ...head, digests }
}
