import { hash } from 'node:crypto'
import type { RevocationEntry } from '../model/revocation-entry.js'
import { MalformedFeedMessage } from './malformed-feed-message.js'
import { object, type WireObject, whole } from './wire-values.js'

/** An hour: entries that expire within the same one are added up together. */
export const BUCKET_SECONDS = 3600
/** The greatest number that a bucket can have on the wire. */
const LAST_BUCKET = 0xffff_ffff
const WORDS = 4
const DIGITS = 8
const WORD_BYTES = 4
const SUM = /^[0-9a-f]{32}$/

/** The bucket of an entry: the hour since 1970 in which it expires. */
export function bucketOf(expires: number): number {
  return Math.floor(expires / BUCKET_SECONDS)
}

/**
 * What is hashed of an entry, as UTF-8: seq, kind, cut-off, expiry, client, id, one a line and none behind the last. Numbers are decimal;
 * an absent cut-off or client is an empty line. The id comes last since it alone may contain anything.
 */
export function canonicalEntry({ seq, kind, id, cutoff, expires, client }: RevocationEntry): string {
  return `${seq}\n${kind}\n${cutoff ?? ''}\n${expires}\n${client ?? ''}\n${id}`
}

/** The sum over all buckets from one on, 32 hexadecimal digits. */
export interface LogSum {
  readonly fromBucket: number
  readonly sum: string
}

/** The sum of each bucket that has any entry, from one on. */
export interface BucketSums {
  readonly fromBucket: number
  readonly sums: ReadonlyMap<number, string>
}

/**
 * Adds up the log: per bucket the sum modulo 2^128 of the first 16 bytes, as a number, of the SHA-256 of every entry in canonical form.
 * Entries that have been replaced stay in it, and those that expire leave with their whole bucket, so that it depends on neither
 * how nor when anybody drops or puts together what he holds. It finds errors, not forgers: for those there is the signature.
 */
export interface LogDigest {
  /** Each entry of the log has to be added once. */
  add(entry: RevocationEntry): void
  sum(fromBucket: number): LogSum
  sums(fromBucket: number): BucketSums
  /** Goes on from what somebody else has added up. */
  begin(sums: ReadonlyMap<number, string>): void
  /** Drops the buckets before this one. */
  forget(bucket: number): void
}

/** The digest of an empty log. */
export function createLogDigest(): LogDigest {
  const buckets = new Map<number, Uint32Array>()
  return {
    add(entry) {
      const bucket = bucketOf(entry.expires)
      const total = buckets.get(bucket) ?? new Uint32Array(WORDS)
      buckets.set(bucket, total)
      addHash(total, hash('sha256', canonicalEntry(entry), 'binary'))
    },
    sum(fromBucket) {
      const total = new Uint32Array(WORDS)
      for (const [bucket, words] of buckets) if (bucket >= fromBucket) addTo(total, words)
      return { fromBucket, sum: textOf(total) }
    },
    sums(fromBucket) {
      const inOrder = [...buckets].filter(([bucket]) => bucket >= fromBucket).sort(([one], [other]) => one - other)
      return { fromBucket, sums: new Map(inOrder.map(([bucket, words]) => [bucket, textOf(words)])) }
    },
    begin(sums) {
      buckets.clear()
      for (const [bucket, sum] of sums) buckets.set(bucket, wordsOf(sum))
    },
    forget(before) {
      for (const bucket of buckets.keys()) if (bucket < before) buckets.delete(bucket)
    },
  }
}

/** The members `from_bucket` and `digests`, the latter by bucket. */
export function wireSums({ fromBucket, sums }: BucketSums): object {
  return { from_bucket: fromBucket, digests: Object.fromEntries(sums) }
}

/** @returns undefined where there is neither of the two members. @throws MalformedFeedMessage */
export function parseSums({ from_bucket: from, digests }: WireObject): BucketSums | undefined {
  if (from === undefined && digests === undefined) return undefined
  const fromBucket = parseBucket(from)
  const sums = Object.entries(object(digests)).map(([bucket, sum]): [number, string] => [parseBucketName(bucket), parseSum(sum)])
  if (sums.some(([bucket]) => bucket < fromBucket)) throw new MalformedFeedMessage('a bucket before the first')
  return { fromBucket, sums: new Map(sums) }
}

/** @throws MalformedFeedMessage */
export function parseBucket(value: unknown): number {
  if (whole(value, 0) > LAST_BUCKET) throw new MalformedFeedMessage('a bucket past the last')
  return value as number
}

function parseBucketName(name: string): number {
  const bucket = parseBucket(Number(name))
  if (name !== String(bucket)) throw new MalformedFeedMessage('a bucket in another spelling')
  return bucket
}

/** @throws MalformedFeedMessage */
export function parseSum(value: unknown): string {
  if (typeof value !== 'string' || !SUM.test(value)) throw new MalformedFeedMessage('a digest that is not 32 hexadecimal digits')
  return value
}

/** Of the first 32 hexadecimal digits, the most significant word first. */
function wordsOf(digits: string): Uint32Array {
  return Uint32Array.from({ length: WORDS }, (_, word) => Number.parseInt(digits.slice(word * DIGITS, (word + 1) * DIGITS), 16))
}

function textOf(words: Uint32Array): string {
  return Array.from(words, (word) => word.toString(16).padStart(DIGITS, '0')).join('')
}

function addTo(total: Uint32Array, words: Uint32Array): void {
  let carry = 0
  for (let at = WORDS - 1; at >= 0; at--) {
    const sum = (total[at] ?? 0) + (words[at] ?? 0) + carry
    total[at] = sum
    carry = sum > 0xffff_ffff ? 1 : 0
  }
}

/** Adds the first words of a hash whose bytes are the characters: without any list in between, since a million entries are added at a start. */
function addHash(total: Uint32Array, bytes: string): void {
  let carry = 0
  for (let word = WORDS - 1; word >= 0; word--) {
    const at = word * WORD_BYTES
    const high = (bytes.charCodeAt(at) << 8) | bytes.charCodeAt(at + 1)
    const low = (bytes.charCodeAt(at + 2) << 8) | bytes.charCodeAt(at + 3)
    const sum = (total[word] ?? 0) + high * 0x1_0000 + low + carry
    total[word] = sum
    carry = sum > 0xffff_ffff ? 1 : 0
  }
}
