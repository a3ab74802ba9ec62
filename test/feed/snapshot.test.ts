import { Readable } from 'node:stream'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { Overloaded } from '../../src/errors/operational-errors.js'
import type { Snapshot } from '../../src/feed/build-snapshot.js'
import { createFeed, type Feed } from '../../src/feed/create-feed.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { parseBinarySnapshot } from '../../src/verification/binary-snapshot.js'
import { bodyHash, snapshotContent } from '../../src/verification/feed-signature.js'
import { parseSnapshot } from '../../src/verification/snapshot-message.js'
import { EPOCH, logInMemory, START, settle } from './log-in-memory.js'

const SETTINGS = { most: 3, bufferedBytes: 2000, recentEntries: 50, pageBytes: 1_000_000 }

function feedOver(log = logInMemory()) {
  return { log, feed: createFeed(log, SETTINGS) }
}

const textOf = ({ body }: Snapshot): string => Buffer.concat(body).toString()

describe('a snapshot', () => {
  it('holds live entries only', async () => {
    const { log, feed } = feedOver()
    log.write(1)
    log.write(1, feed, { expires: (log.clock.now() - 1) as never })
    const json = await feed.snapshot({ form: 'json' })
    expect(JSON.parse(textOf(json))).toEqual({
      epoch: EPOCH,
      seq: 2,
      generated_at: log.clock.now(),
      from_bucket: expect.any(Number),
      digests: {},
      entries: [{ seq: 1, kind: 'token', id: 'token-1', expires: log.clock.now() + 3600 }],
    })
    expect(json.bytes).toBe(Buffer.concat(json.body).length)
    expect(textOf(await feed.snapshot({ form: 'lines' })).split('\n')).toHaveLength(4)
  })

  it('is built at most once a second, and only when it would differ', async () => {
    const { log, feed } = feedOver()
    log.write(1)
    const first = await feed.snapshot({ form: 'json' })
    log.write(1)
    log.now.ms += 999
    expect(await feed.snapshot({ form: 'json' })).toBe(first)
    log.now.ms += 1
    const second = await feed.snapshot({ form: 'json' })
    expect([second.tag === first.tag, (await feed.snapshot({ form: 'lines' })).tag === second.tag]).toEqual([false, false])
    log.now.ms += 60_000
    expect(await feed.snapshot({ form: 'json' })).toBe(second)
    log.now.ms += 3_600_000
    expect((await feed.snapshot({ form: 'json' })).tag).not.toBe(second.tag)
  })

  it('is not there before anything was loaded', async () => {
    const { log, feed } = feedOver()
    log.known.epoch = undefined
    await expect(feed.snapshot({ form: 'json' })).rejects.toThrow('temporarily_unavailable')
  })

  it('of many entries lets others have their turn while it is built, and is built once for all who ask meanwhile', async () => {
    let turns = 0
    const log = logInMemory()
    const feed = createFeed({ ...log, nextTurn: () => settle().then(() => void turns++) }, SETTINGS)
    log.write(6000)
    const [one, other, lines] = await Promise.all([
      feed.snapshot({ form: 'json' }),
      feed.snapshot({ form: 'json' }),
      feed.snapshot({ form: 'lines' }),
    ])
    expect(other).toBe(one)
    expect(turns).toBe(4)
    expect(JSON.parse(textOf(one)).entries.map(({ seq }: { seq: number }) => seq)).toEqual(Array.from({ length: 6000 }, (_, at) => at + 1))
    expect(textOf(lines).split('\n')).toHaveLength(6003)
  })

  it('is of the place at which its building began, and is kept no shorter than that took', async () => {
    const log = logInMemory()
    const nextTurn = async () => {
      log.now.ms += 2000
      log.write(1)
    }
    const feed = createFeed({ ...log, nextTurn }, SETTINGS)
    log.write(6000)
    const first = await feed.snapshot({ form: 'json' })
    const { seq, generated_at, entries } = JSON.parse(textOf(first))
    expect([seq, generated_at, entries.length]).toEqual([6000, START, 6002])
    log.now.ms += 3999
    expect(await feed.snapshot({ form: 'json' })).toBe(first)
    log.now.ms += 1
    expect(await feed.snapshot({ form: 'json' })).not.toBe(first)
  })

  it('is never one of a log that was begun anew', async () => {
    const log = logInMemory()
    const nextTurn = async () => {
      log.known.epoch = '1763680000009'
    }
    const feed = createFeed({ ...log, nextTurn }, SETTINGS)
    log.write(6000)
    expect(JSON.parse(textOf(await feed.snapshot({ form: 'json' }))).epoch).toBe('1763680000009')
  })

  it('in the compact form is the same', async () => {
    const { log, feed } = feedOver()
    feed.confirm(log.now.ms)
    log.write(6000, feed)
    const { body, bytes } = await feed.snapshot({ form: 'binary' })
    const json = parseSnapshot(textOf(await feed.snapshot({ form: 'json' })))
    const entries: RevocationEntry[] = []
    const head = await parseBinarySnapshot(Readable.from(body), (entry) => entries.push(entry))
    expect({ ...head, entries }).toEqual(json)
    expect([bytes, entries.length, head.digests.sums.size]).toEqual([Buffer.concat(body).length, 6000, 1])
  })

  it('has the digests of the place at which its building began', async () => {
    const log = logInMemory()
    const nextTurn = async () => void log.write(1, feed)
    const feed: Feed = createFeed({ ...log, nextTurn }, SETTINGS)
    feed.confirm(log.now.ms)
    log.write(6000, feed)
    const before = feed.digests()
    const { seq, digests } = parseSnapshot(textOf(await feed.snapshot({ form: 'json' })))
    expect({ epoch: EPOCH, seq, ...digests }).toEqual(before)
    expect(feed.digests().sums).not.toEqual(before.sums)
  })

  it.each(['json', 'lines', 'binary'] as const)('as %s is signed over the hash of its body, once', async (form) => {
    const { log, feed } = feedOver()
    log.write(3000, feed)
    const { body, signature, tag } = await feed.snapshot({ form })
    const sha256 = bodyHash(Buffer.concat(body))
    expect(log.signer.made).toEqual([snapshotContent(log.signer.issuer, sha256)])
    expect([signature, tag]).toEqual(['jeton-snapshot..1', `"${Buffer.from(sha256).toString('base64url').slice(0, 22)}"`])
  })

  it('with a content coding is the same body with the same signature, under a validator of its own', async () => {
    const { log, feed } = feedOver()
    log.write(6000, feed)
    const [plain, gzip, br, again] = await Promise.all([
      feed.snapshot({ form: 'lines' }),
      feed.snapshot({ form: 'lines', coding: 'gzip' }),
      feed.snapshot({ form: 'lines', coding: 'br' }),
      feed.snapshot({ form: 'lines', coding: 'gzip' }),
    ])
    const whole = Buffer.concat(plain.body)
    expect(gunzipSync(Buffer.concat(gzip.body)).equals(whole)).toBe(true)
    expect(brotliDecompressSync(Buffer.concat(br.body)).equals(whole)).toBe(true)
    expect([gzip.signature, br.signature]).toEqual([plain.signature, plain.signature])
    expect([gzip.tag, br.tag]).toEqual([plain.tag.replace(/"$/, '-gzip"'), plain.tag.replace(/"$/, '-br"')])
    expect([gzip.bytes, gzip.bytes < plain.bytes / 2]).toEqual([Buffer.concat(gzip.body).length, true])
    expect(again).toBe(gzip)
    expect(log.signer.made).toHaveLength(1)
  })
})

describe('a transfer', () => {
  it('is cut after two minutes, and refused when there are too many', () => {
    const { log, feed } = feedOver()
    const cut: number[] = []
    const ends = [1, 2, 3].map((n) => feed.transfer(() => void cut.push(n)))
    expect(() => feed.transfer(() => undefined)).toThrow(Overloaded)
    ends[1]?.()
    log.now.ms += 119_999
    feed.beat()
    expect(cut).toEqual([])
    const late = feed.transfer(() => void cut.push(4))
    log.now.ms += 1
    feed.beat()
    expect(cut).toEqual([1, 3])
    late()
  })
})
