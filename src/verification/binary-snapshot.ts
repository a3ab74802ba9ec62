import { hash } from 'node:crypto'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import { createEntryDecoder, createEntryEncoder, END_OF_ENTRIES, LONGEST_ENTRY_BYTES } from './binary-entry.js'
import { type ByteInput, createByteInput } from './byte-input.js'
import { createByteWriter } from './byte-writer.js'
import type { BucketSums } from './log-digest.js'
import { MalformedFeedMessage } from './malformed-feed-message.js'
import type { SnapshotHead } from './snapshot-message.js'

/** The media type of the compact form. */
export const BINARY_TYPE = 'application/vnd.jeton.revocations'

/** A snapshot in the compact form always says what the log adds up to. */
export type BinarySnapshotHead = SnapshotHead & { readonly digests: BucketSums }

const MAGIC = Buffer.from('JREV')
const VERSION = 1
/** Magic, version, three zero bytes, epoch, seq, generated_at, from_bucket, number of buckets. */
const HEAD_BYTES = 40
const SUM_BYTES = 16
const BUCKET_BYTES = 4 + SUM_BYTES
/** More than there are hours in a century. */
const MOST_BUCKETS = 1_000_000
const CHECKSUM_BYTES = 32
/** The last byte, the number of entries, the checksum. */
const TAIL_BYTES = 1 + 4 + CHECKSUM_BYTES

/** Puts a snapshot together piece by piece. */
export interface BinarySnapshotWriter {
  /** The next entries, in ascending `seq`; with the first ones comes the head. */
  entries(entries: readonly RevocationEntry[]): Buffer
  /** What comes behind the last. `checksum`: the SHA-256 of everything before it. */
  end(checksum: (rest: Buffer) => Buffer): Buffer
}

export function createBinarySnapshotWriter(head: BinarySnapshotHead): BinarySnapshotWriter {
  const writer = createByteWriter()
  const encode = createEntryEncoder(writer, head.generatedAt)
  let count = 0
  writer.bytes(MAGIC)
  writer.fixed(VERSION, 1)
  writer.fixed(0, 3)
  writer.fixed(Number(head.epoch), 8)
  writer.fixed(head.seq, 8)
  writer.fixed(head.generatedAt, 8)
  writer.fixed(head.digests.fromBucket, 4)
  writer.fixed(head.digests.sums.size, 4)
  for (const [bucket, sum] of head.digests.sums) {
    writer.fixed(bucket, 4)
    writer.bytes(Buffer.from(sum, 'hex'))
  }
  return {
    entries(entries) {
      for (const entry of entries) encode(entry)
      count += entries.length
      return writer.take()
    },
    end(checksum) {
      writer.byte(END_OF_ENTRIES)
      writer.fixed(count, 4)
      const rest = writer.take()
      return Buffer.concat([rest, checksum(rest)])
    },
  }
}

/** A whole snapshot at once. */
export function formatBinarySnapshot(head: BinarySnapshotHead, entries: readonly RevocationEntry[]): Buffer {
  const writer = createBinarySnapshotWriter(head)
  const body = writer.entries(entries)
  return Buffer.concat([body, writer.end((rest) => hash('sha256', Buffer.concat([body, rest]), 'buffer'))])
}

/**
 * Reads a snapshot while it arrives, giving each entry to `take`.
 * @returns where the snapshot was taken, once it has come whole.
 * @throws MalformedFeedMessage when it is not of its form, was cut off, goes on, or has another checksum: then nothing of what was taken counts.
 */
export async function parseBinarySnapshot(body: AsyncIterable<Uint8Array>, take: (entry: RevocationEntry) => void): Promise<BinarySnapshotHead> {
  const input = createByteInput(body)
  const head = await readHead(input)
  const decode = createEntryDecoder(input, head.generatedAt)
  for (let count = 0; ; count++) {
    if (input.left() < LONGEST_ENTRY_BYTES) await input.ahead(LONGEST_ENTRY_BYTES)
    const entry = decode()
    if (entry !== undefined) {
      take(entry)
      continue
    }
    await readEnd(input, count)
    return head
  }
}

async function readHead(input: ByteInput): Promise<BinarySnapshotHead> {
  await input.ahead(HEAD_BYTES)
  if (!input.bytes(MAGIC.length).equals(MAGIC) || input.byte() !== VERSION || input.fixed(3) !== 0) {
    throw new MalformedFeedMessage('no binary snapshot of a known version')
  }
  const [epoch, seq, generatedAt] = [input.fixed(8), input.fixed(8), input.fixed(8)]
  if (epoch === 0) throw new MalformedFeedMessage('an epoch that is 0')
  return { epoch: String(epoch), seq, generatedAt: generatedAt as EpochSeconds, digests: await readSums(input) }
}

async function readSums(input: ByteInput): Promise<BucketSums> {
  const fromBucket = input.fixed(4)
  const size = input.fixed(4)
  if (size > MOST_BUCKETS) throw new MalformedFeedMessage('more buckets than there can be')
  await input.ahead(size * BUCKET_BYTES)
  const sums = new Map<number, string>()
  for (let least = fromBucket; sums.size < size; ) {
    const bucket = input.fixed(4)
    if (bucket < least) throw new MalformedFeedMessage('a bucket out of order')
    sums.set(bucket, input.bytes(SUM_BYTES).toString('hex'))
    least = bucket + 1
  }
  return { fromBucket, sums }
}

async function readEnd(input: ByteInput, count: number): Promise<void> {
  await input.ahead(TAIL_BYTES)
  if (input.fixed(4) !== count) throw new MalformedFeedMessage('a snapshot with another number of entries than it says')
  const checksum = input.checksum()
  if (!input.bytes(CHECKSUM_BYTES).equals(checksum)) throw new MalformedFeedMessage('a snapshot with another checksum than it says')
  await input.ahead(1)
  if (input.left() > 0) throw new MalformedFeedMessage('a snapshot that goes on behind its end')
}
