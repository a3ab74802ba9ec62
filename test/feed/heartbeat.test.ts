import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { createFeed } from '../../src/feed/create-feed.js'
import { seconds } from '../../src/model/time.js'
import { parseHeartbeat } from '../../src/verification/feed-message.js'
import { heartbeatContent } from '../../src/verification/feed-signature.js'
import { bucketOf, createLogDigest } from '../../src/verification/log-digest.js'
import { collectingSink, EPOCH, logInMemory, START, settle } from './log-in-memory.js'

const SETTINGS = { most: 100, bufferedBytes: 10_000, recentEntries: 50, pageBytes: 1_000_000 }
const NEXT_HOUR = bucketOf(START) + 1
const at = (seq: number) => ({ epoch: EPOCH, seq })

function feedOver() {
  const log = logInMemory()
  const feed = createFeed(log, SETTINGS)
  feed.confirm(log.now.ms)
  return { log, feed, made: log.signer.made }
}

async function listener(feed: ReturnType<typeof feedOver>['feed'], seq: number) {
  const { sink, state } = collectingSink()
  await feed.subscribe(at(seq), () => sink)
  await settle()
  const heard = () => [...state.text.matchAll(/event: heartbeat\ndata: (.*)/g)].map(([, data = '']) => parseHeartbeat(data))
  return { heard, state }
}

describe('a heartbeat', () => {
  it('has the digest of the log at its place, and a signature over all of it', async () => {
    const { log, feed, made } = feedOver()
    const written = log.write(3, feed)
    const digest = createLogDigest()
    for (const entry of written) digest.add(entry)
    const { heard } = await listener(feed, 3)
    const [heartbeat] = heard()
    expect(heartbeat).toEqual({
      ...at(3),
      confirmedAtMs: START * 1000 - 200,
      timeMs: START * 1000,
      digest: digest.sum(NEXT_HOUR),
      signature: 'jeton-heartbeat..1',
    })
    expect(digest.sum(NEXT_HOUR).sum).not.toBe('0'.repeat(32))
    expect(made).toEqual([heartbeat && heartbeatContent('https://id.example.test', heartbeat)])
  })

  it('is signed once for all who listen, and for all who come within a moment', async () => {
    const { log, feed, made } = feedOver()
    const listeners = [await listener(feed, 0), await listener(feed, 0), await listener(feed, 0)]
    expect(made).toHaveLength(1)
    log.now.ms += 1000
    feed.beat()
    expect(made).toHaveLength(2)
    for (const { heard } of listeners) expect(heard().map(({ signature }) => signature)).toEqual(['jeton-heartbeat..1', 'jeton-heartbeat..2'])
  })

  it('is waited for by who comes in the moment after another place was signed', async () => {
    const { log, feed, made } = feedOver()
    await listener(feed, 0)
    log.write(1, feed)
    const { heard } = await listener(feed, 1)
    expect([made.length, heard()]).toEqual([1, []])
    log.now.ms += 50
    await listener(feed, 1)
    expect(made).toHaveLength(2)
  })

  it('says nothing of the hour in which the log was read, of which something may be missing', async () => {
    const { log, feed } = feedOver()
    expect(feed.digests().fromBucket).toBe(NEXT_HOUR)
    log.now.ms += 3_600_000
    feed.confirm(log.now.ms)
    expect(feed.digests().fromBucket).toBe(NEXT_HOUR)
    log.now.ms += 3_600_000
    expect(feed.digests().fromBucket).toBe(NEXT_HOUR + 1)
  })

  it('goes by the clock of the database where that is ahead', () => {
    const log = logInMemory()
    const feed = createFeed(log, SETTINGS)
    feed.confirm(log.now.ms + 3_600_000)
    expect(feed.digests().fromBucket).toBe(NEXT_HOUR + 1)
  })

  it('compares nothing while the log is read again, and begins anew then', () => {
    const { log, feed } = feedOver()
    log.write(2, feed)
    const before = feed.digests()
    feed.restart()
    expect(feed.digests().sums.size).toBe(0)
    feed.publish(log.entries)
    expect(feed.digests().sums.size).toBe(0)
    feed.confirm(log.now.ms)
    expect(feed.digests()).toEqual(before)
  })

  it('is not sent without a key to sign it with, which whoever asks for it is told', async () => {
    const log = logInMemory()
    const signer = {
      issuer: 'x',
      sign: () => {
        throw new StoreUnavailable('keys')
      },
    }
    const feed = createFeed({ ...log, signer }, SETTINGS)
    const { state } = await listener(feed, 0)
    expect([state.text, state.isEnded]).toEqual(['', true])
    await expect(async () => feed.beat()).rejects.toThrow(StoreUnavailable)
    expect(() => createFeed(logInMemory(), SETTINGS).beat()).not.toThrow()
  })
})

it('a long poll that leads to the head has digest and signature, and one that does not has none', async () => {
  const { log, feed } = feedOver()
  log.write(1500)
  const never = new AbortController().signal
  const part = await feed.poll(at(0), seconds(1), never)
  expect(part).toMatchObject({ seq: 1000 })
  expect(part).not.toHaveProperty('signature')
  expect(await feed.poll(at(1000), seconds(1), never)).toMatchObject({
    seq: 1500,
    digest: { fromBucket: NEXT_HOUR },
    signature: 'jeton-heartbeat..1',
  })
})
