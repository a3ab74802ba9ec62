import { hash } from 'node:crypto'
import fc from 'fast-check'
import { NEVER, REVOCATION_KINDS, type RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds } from '../../src/model/time.js'
import { formatBinarySnapshot, parseBinarySnapshot } from '../../src/verification/binary-snapshot.js'
import { MalformedFeedMessage } from '../../src/verification/malformed-feed-message.js'

const NOW = 1_763_690_001
const head = {
  epoch: '1763680000000',
  seq: 20,
  generatedAt: epochSeconds(NOW),
  digests: { fromBucket: 489913, sums: new Map([[489914, '0123456789abcdef0123456789abcdef']]) },
}
const entry: RevocationEntry = {
  seq: 17,
  kind: 'client',
  id: 'f3b0a1d2-0000-4000-8000-00000000c11e',
  cutoff: epochSeconds(NOW - 5),
  expires: epochSeconds(NOW + 3600),
}
const whole = formatBinarySnapshot(head, [entry, { ...entry, seq: 18, kind: 'key', id: 'k1', cutoff: undefined, expires: NEVER }])
/** Where the first entry begins: behind head and one bucket. */
const FIRST_ENTRY = 60

async function* inPieces(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Buffer, size = bytes.length + 1): Promise<unknown> {
  const entries: RevocationEntry[] = []
  return { head: await parseBinarySnapshot(inPieces(bytes, size), (one) => entries.push(one)), entries }
}

/** The same with the bytes put at a place instead of what is there, and a checksum that fits. */
function changed(at: number, ...bytes: readonly number[]): Buffer {
  const body = Buffer.from(whole.subarray(0, -32))
  body.set(bytes, at)
  return Buffer.concat([body, hash('sha256', body, 'buffer')])
}

describe('a snapshot in the compact form', () => {
  it('is read back as it was, however it arrives', async () => {
    const anyEntry = fc.record({
      kind: fc.constantFrom(...REVOCATION_KINDS),
      id: fc.oneof(
        fc.uuid(),
        fc.uuid().map((id) => id.toUpperCase()),
        fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme' }),
      ),
      step: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constant(2 ** 32)),
      cutoff: fc.option(fc.integer().map(epochSeconds), { nil: undefined }),
      expires: fc.oneof(fc.constant(NEVER), fc.integer().map(epochSeconds)),
      client: fc.option(fc.constantFrom('shop', 'a client', 'f3b0a1d2-0000-4000-8000-00000000c11e'), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyEntry, { maxLength: 20 }), fc.integer({ min: 1, max: 100 }), async (drawn, size) => {
        let seq = 0
        const entries = drawn.map(({ step, client, ...rest }) => {
          seq += step
          return { seq, ...rest, id: rest.kind === 'all' ? '' : rest.id.slice(0, 255), ...(client !== undefined && { client }) }
        })
        const fitting = entries.filter(({ id }) => Buffer.byteLength(id) <= 1024)
        expect(await read(formatBinarySnapshot(head, fitting), size)).toEqual({ head, entries: fitting })
      }),
    )
  })

  it('takes some twenty bytes for a token', () => {
    const tokens = Array.from({ length: 1000 }, (_, at) => ({ ...entry, kind: 'token' as const, seq: at + 1, cutoff: undefined }))
    expect(formatBinarySnapshot(head, tokens).length).toBeLessThan(20 * 1000)
  })

  it('may have no entries and no buckets', async () => {
    const empty = { ...head, seq: 0, digests: { fromBucket: 0, sums: new Map<number, string>() } }
    expect(await read(formatBinarySnapshot(empty, []))).toEqual({ head: empty, entries: [] })
  })

  it('is refused wherever it is cut off', async () => {
    for (let length = 0; length < whole.length; length++) await expect(read(whole.subarray(0, length))).rejects.toThrow(MalformedFeedMessage)
  })

  it('is refused when any of its bytes is another', async () => {
    for (let at = 0; at < whole.length; at++) {
      const other = Buffer.from(whole)
      other[at] = (other[at] ?? 0) ^ 1
      await expect(read(other)).rejects.toThrow(MalformedFeedMessage)
    }
  })

  it('is refused when it goes on behind its end', async () => {
    await expect(read(Buffer.concat([whole, Buffer.from([0])]))).rejects.toThrow('goes on')
    await expect(read(Buffer.concat([whole, whole]), 50)).rejects.toThrow('goes on')
  })

  it.each([
    ['is of another version', changed(4, 2)],
    ['has something in the place for later use', changed(7, 1)],
    ['has epoch 0', changed(8, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['has an epoch past 2^53', changed(8, 0xff)],
    ['has a bucket before the first', changed(32, 0xff)],
    ['has too many buckets', changed(36, 0x7f)],
    ['has an unknown kind', changed(FIRST_ENTRY, 0x1e)],
    ['has an unknown flag', changed(FIRST_ENTRY, 0x5c)],
    ['has a place twice', changed(FIRST_ENTRY + 1, 0)],
    ['has a number that is longer than it has to be', changed(FIRST_ENTRY + 1, 0x80, 0x00)],
    ['has an endless number', changed(FIRST_ENTRY + 1, ...Array.from({ length: 9 }, () => 0xff))],
    ['counts otherwise', changed(whole.length - 36, 0, 0, 0, 3)],
  ])('that %s is refused, also with a checksum that fits', async (_what, bytes) => {
    await expect(read(bytes)).rejects.toThrow(MalformedFeedMessage)
  })

  it('is refused with an id that is no UTF-8, or that is too long', async () => {
    const text = formatBinarySnapshot(head, [{ ...entry, id: 'ab' }])
    const at = text.indexOf('ab')
    const body = Buffer.from(text.subarray(0, -32))
    body.set([0xff, 0xfe], at)
    await expect(read(Buffer.concat([body, hash('sha256', body, 'buffer')]))).rejects.toThrow('UTF-8')
    await expect(read(formatBinarySnapshot(head, [{ ...entry, id: 'x'.repeat(1025) }]))).rejects.toThrow('too long')
  })
})
