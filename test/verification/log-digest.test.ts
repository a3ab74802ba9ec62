import fc from 'fast-check'
import { NEVER, type RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds } from '../../src/model/time.js'
import { BUCKET_SECONDS, bucketOf, canonicalEntry, createLogDigest, parseSums, wireSums } from '../../src/verification/log-digest.js'
import { MalformedFeedMessage } from '../../src/verification/malformed-feed-message.js'

const HOUR = 500_000
const entry: RevocationEntry = { seq: 1, kind: 'token', id: 'a', cutoff: undefined, expires: epochSeconds(HOUR * BUCKET_SECONDS) }
const later: RevocationEntry = { ...entry, seq: 2, expires: epochSeconds((HOUR + 1) * BUCKET_SECONDS) }
const lasting: RevocationEntry = { ...entry, seq: 3, kind: 'key', expires: NEVER }

function digestOf(...entries: readonly RevocationEntry[]) {
  const digest = createLogDigest()
  for (const one of entries) digest.add(one)
  return digest
}

describe('the digest of a log', () => {
  it('of none is zero', () => {
    expect(digestOf().sum(0)).toEqual({ fromBucket: 0, sum: '0'.repeat(32) })
  })

  it('does not depend on the order', () => {
    expect(digestOf(entry, later, lasting).sum(0)).toEqual(digestOf(lasting, entry, later).sum(0))
  })

  it.each([
    ['place', { ...entry, seq: 9 }],
    ['kind', { ...entry, kind: 'grant' as const }],
    ['id', { ...entry, id: 'b' }],
    ['cut-off', { ...entry, cutoff: epochSeconds(1) }],
    ['expiry', { ...entry, expires: epochSeconds(entry.expires + 1) }],
    ['client', { ...entry, client: 'shop' }],
  ])('is another for another %s', (_what, other) => {
    expect(digestOf(other).sum(0)).not.toEqual(digestOf(entry).sum(0))
  })

  it('is another where an entry is missing or came twice', () => {
    expect(digestOf(entry, entry).sum(0)).not.toEqual(digestOf(entry).sum(0))
    expect(digestOf(entry, later).sum(0)).not.toEqual(digestOf(entry).sum(0))
  })

  it('from a later bucket on is that of the entries that expire then', () => {
    const all = digestOf(entry, later, lasting)
    expect(all.sum(HOUR + 1).sum).toBe(digestOf(later, lasting).sum(0).sum)
    expect(all.sum(HOUR + 2).sum).toBe(digestOf(lasting).sum(0).sum)
    expect(all.sum(bucketOf(NEVER) + 1).sum).toBe('0'.repeat(32))
  })

  it('without the buckets that were forgotten is the same from then on', () => {
    const all = digestOf(entry, later, lasting)
    all.forget(HOUR + 1)
    expect(all.sums(0).sums).toEqual(digestOf(later, lasting).sums(0).sums)
  })

  it('goes on from what was said of each bucket', () => {
    const begun = digestOf(lasting)
    begun.begin(digestOf(entry, later).sums(HOUR).sums)
    begun.add(lasting)
    expect(begun.sum(0)).toEqual(digestOf(entry, later, lasting).sum(0))
  })

  it('is a sum modulo 2^128', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), { minLength: 1, maxLength: 5 }), (numbers) => {
        const digest = createLogDigest()
        digest.begin(new Map(numbers.map((number, bucket) => [bucket, number.toString(16).padStart(32, '0')])))
        const expected = numbers.reduce((sum, number) => (sum + number) % 2n ** 128n)
        expect(BigInt(`0x${digest.sum(0).sum}`)).toBe(expected)
      }),
    )
  })

  it('hashes text in which no two entries look alike', () => {
    expect(canonicalEntry({ ...entry, id: 'a\nb', client: 'shop' })).toBe(`1\ntoken\n\n${entry.expires}\nshop\na\nb`)
    expect(canonicalEntry({ ...entry, kind: 'all', id: '', cutoff: epochSeconds(5) })).toBe(`1\nall\n5\n${entry.expires}\n\n`)
  })
})

describe('the digests of the buckets on the wire', () => {
  const sums = digestOf(entry, lasting).sums(HOUR)

  it('are read back as they were, and may be absent', () => {
    expect(parseSums(JSON.parse(JSON.stringify(wireSums(sums))))).toEqual(sums)
    expect(parseSums({})).toBeUndefined()
  })

  it.each([
    ['have no first bucket', { digests: {} }],
    ['have a first bucket that is text', { from_bucket: '1', digests: {} }],
    ['are missing', { from_bucket: 1 }],
    ['are a list', { from_bucket: 1, digests: [] }],
    ['have a bucket before the first', { from_bucket: 2, digests: { 1: '0'.repeat(32) } }],
    ['have a bucket in another spelling', { from_bucket: 1, digests: { '01': '0'.repeat(32) } }],
    ['have a bucket that is no number', { from_bucket: 1, digests: { x: '0'.repeat(32) } }],
    ['have a bucket past the last', { from_bucket: 1, digests: { 4294967296: '0'.repeat(32) } }],
    ['have a short sum', { from_bucket: 1, digests: { 1: '0' } }],
    ['have a sum in capitals', { from_bucket: 1, digests: { 1: 'A'.repeat(32) } }],
    ['have a sum that is no text', { from_bucket: 1, digests: { 1: 5 } }],
  ])('are refused where they %s', (_what, value) => {
    expect(() => parseSums(value)).toThrow(MalformedFeedMessage)
  })
})
