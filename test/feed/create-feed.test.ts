import { Overloaded } from '../../src/errors/operational-errors.js'
import { createFeed } from '../../src/feed/create-feed.js'
import { PATIENCE } from '../../src/feed/subscriber.js'
import { seconds } from '../../src/model/time.js'
import { collectingSink, EPOCH, entryAt, logInMemory, settle } from './log-in-memory.js'

const SETTINGS = { most: 3, bufferedBytes: 2000, recentEntries: 50, pageBytes: 1_000_000 }

function feedOver(log = logInMemory(), settings = SETTINGS) {
  return { log, feed: createFeed(log, settings) }
}

const at = (seq: number, epoch = EPOCH) => ({ epoch, seq })
const never = new AbortController().signal

describe('a subscriber', () => {
  it('hears what it missed, then a heartbeat, then what comes', async () => {
    const { log, feed } = feedOver()
    log.write(3, feed)
    const { sink, seqs, heartbeats, state } = collectingSink()
    await feed.subscribe(at(1), () => sink)
    await settle()
    expect([seqs(), heartbeats()]).toEqual([[2, 3], 1])
    log.write(2, feed)
    feed.beat()
    expect([seqs(), heartbeats()]).toEqual([[2, 3, 4, 5], 2])
    expect(state.text).toContain(`{"epoch":"${EPOCH}","seq":5,"confirmed_at":1763689999.8,"time":1763690000,"from_bucket":`)
  })

  it('hears each entry once and in order although more come while it catches up from the log', async () => {
    const { log, feed } = feedOver()
    log.write(2500)
    const { sink, seqs } = collectingSink()
    await feed.subscribe(at(0), () => sink)
    log.write(1, feed)
    await settle()
    log.write(1, feed)
    await settle()
    expect(seqs()).toEqual(Array.from({ length: 2502 }, (_, n) => n + 1))
  })

  it.each([
    ['another epoch', at(1, '1763680000001'), 0],
    ['a place ahead of the head', at(11), 0],
    ['trimmed history', at(4), 5],
  ])('that comes from %s has to begin from a snapshot', async (_what, position, trimmedTo) => {
    const { log, feed } = feedOver()
    log.write(10)
    log.known.trimmedTo = trimmedTo
    const { sink, state } = collectingSink()
    expect(await feed.subscribe(position, () => sink)).toBe('resync')
    expect(await feed.poll(position, seconds(1), never)).toBe('resync')
    expect(state.text).toBe('')
  })

  it('may come from the very place up to which history was trimmed', async () => {
    const { log, feed } = feedOver()
    log.write(10)
    log.known.trimmedTo = 5
    const { sink, seqs } = collectingSink()
    await feed.subscribe(at(5), () => sink)
    await settle()
    expect(seqs()).toEqual([6, 7, 8, 9, 10])
  })

  it('is answered from memory where it missed little', async () => {
    const { log, feed } = feedOver()
    log.write(200, feed)
    await feed.subscribe(at(150), () => collectingSink().sink)
    expect(log.known.reads).toBe(0)
    await feed.subscribe(at(10), () => collectingSink().sink)
    expect(log.known.reads).toBe(1)
  })

  it('is cut off when more waits for it than is allowed, while the others go on', async () => {
    const { log, feed } = feedOver()
    const [slow, quick] = [collectingSink(), collectingSink()]
    await feed.subscribe(at(0), () => slow.sink)
    await feed.subscribe(at(0), () => quick.sink)
    await settle()
    slow.state.takesNothing = true
    for (let n = 0; n < 40; n++) log.write(1, feed)
    expect([slow.state.isCut, quick.state.isCut]).toEqual([true, false])
    expect(slow.state.buffered).toBeLessThan(2200)
    expect(quick.seqs()).toHaveLength(40)
  })

  it('hears together what came while the others were told, where thousands listen, and no head before its entries', async () => {
    const log = logInMemory()
    let release: () => void = () => undefined
    const nextTurn = () =>
      new Promise<void>((resolve) => {
        release = resolve
      })
    const feed = createFeed({ ...log, nextTurn }, { ...SETTINGS, most: 1000, bufferedBytes: 100_000 })
    const sinks = Array.from({ length: 150 }, () => collectingSink())
    for (const { sink } of sinks) await feed.subscribe(at(0), () => sink)
    await settle()
    log.write(1, feed)
    const [first, last] = [sinks[0], sinks.at(-1)]
    expect([first?.seqs(), last?.seqs()]).toEqual([[1], []])
    log.write(2, feed)
    feed.beat()
    log.write(1, feed)
    expect([first?.seqs(), first?.heartbeats()]).toEqual([[1], 1])
    while (last?.seqs().length !== 4) {
      release()
      await settle()
    }
    for (const { seqs, heartbeats, state } of sinks) {
      expect([seqs(), heartbeats(), state.isEnded]).toEqual([[1, 2, 3, 4], 2, false])
      expect(state.text).toMatch(/\n\nevent: heartbeat\ndata: {"epoch":"\d+","seq":4,[^\n]*\n\n$/)
    }
  })

  it('leaves the process at least half of its time, where thousands listen', async () => {
    const log = logInMemory()
    const rests: number[] = []
    let turnMs = 20
    const nextTurn = async () => {
      log.now.ms += turnMs
    }
    const rest = async (milliseconds: number) => void rests.push(milliseconds)
    const feed = createFeed({ ...log, nextTurn, rest }, { ...SETTINGS, most: 1000, bufferedBytes: 100_000 })
    for (let n = 0; n < 250; n++) await feed.subscribe(at(0), () => collectingSink().sink)
    await settle()
    log.write(1, feed)
    await settle()
    expect(rests).toEqual([40])
    // Heartbeats have to come in time all the same.
    turnMs = 1000
    log.write(1, feed)
    await settle()
    expect(rests).toEqual([40, 200])
  })

  it('is cut off when it takes nothing for half a minute', async () => {
    const { feed } = feedOver(logInMemory(), { ...SETTINGS, bufferedBytes: 1_000_000 })
    const { sink, state } = collectingSink()
    await feed.subscribe(at(0), () => sink)
    await settle()
    state.takesNothing = true
    for (let beat = 0; beat < PATIENCE; beat++) feed.beat()
    expect(state.isCut).toBe(false)
    for (let beat = 0; beat < 3; beat++) feed.beat()
    expect(state.isCut).toBe(true)
  })

  it('is refused, without being opened, when there are too many, until one leaves', async () => {
    const { feed } = feedOver()
    const subscribed: Awaited<ReturnType<typeof feed.subscribe>>[] = []
    for (let n = 0; n < 3; n++) subscribed.push(await feed.subscribe(at(0), () => collectingSink().sink))
    let isOpened = false
    const open = () => {
      isOpened = true
      return collectingSink().sink
    }
    await expect(feed.subscribe(at(0), open)).rejects.toThrow(Overloaded)
    expect(isOpened).toBe(false)
    const [first = 'resync'] = subscribed
    if (first !== 'resync') first.leave()
    await feed.subscribe(at(0), open)
    expect(isOpened).toBe(true)
  })

  it('hears nothing after it has left', async () => {
    const { log, feed } = feedOver()
    const { sink, state } = collectingSink()
    const subscribed = await feed.subscribe(at(0), () => sink)
    await settle()
    if (subscribed !== 'resync') subscribed.leave()
    const before = state.text
    log.write(1, feed)
    feed.beat()
    expect([state.text, state.isEnded]).toEqual([before, false])
  })

  it('is ended when the log begins anew, when an entry would be missing, and when the feed closes', async () => {
    const { log, feed } = feedOver()
    const sinks = [collectingSink(), collectingSink(), collectingSink()]
    await feed.subscribe(at(0), () => sinks[0]?.sink as never)
    await settle()
    feed.restart()
    await feed.subscribe(at(0), () => sinks[1]?.sink as never)
    await settle()
    log.entries.push(entryAt(1))
    log.write(1, feed)
    await feed.subscribe(at(2), () => sinks[2]?.sink as never)
    await settle()
    feed.close()
    expect(sinks.map(({ state }) => state.isEnded)).toEqual([true, true, true])
    await expect(feed.subscribe(at(2), () => collectingSink().sink)).rejects.toThrow(Overloaded)
  })

  it('is ended when the log cannot be read on', async () => {
    const { log, feed } = feedOver()
    log.write(2500)
    const { sink, state } = collectingSink()
    await feed.subscribe(at(0), () => sink)
    log.known.isAway = true
    await settle()
    expect(state.isEnded).toBe(true)
    await expect(feed.subscribe(at(1000), () => collectingSink().sink)).rejects.toThrow('the log is away')
  })

  it('has to begin from a snapshot before anything was loaded', async () => {
    const { log, feed } = feedOver()
    log.known.epoch = undefined
    expect(await feed.subscribe(at(0), () => collectingSink().sink)).toBe('resync')
  })
})

describe('a long poll', () => {
  it('is answered at once where something was missed', async () => {
    const { log, feed } = feedOver()
    log.write(3, feed)
    expect(await feed.poll(at(2), seconds(30), never)).toMatchObject({ epoch: EPOCH, seq: 3, timeMs: log.now.ms, entries: [{ seq: 3 }] })
  })

  it('is answered when something comes', async () => {
    const { log, feed } = feedOver()
    const answer = feed.poll(at(0), seconds(30), never)
    await settle()
    log.write(2, feed)
    expect(await answer).toMatchObject({ seq: 2, entries: [{ seq: 1 }, { seq: 2 }] })
  })

  it('is answered with nothing when its time is up, and not before', async () => {
    const { log, feed } = feedOver()
    let isAnswered = false
    const answer = feed.poll(at(0), seconds(2), never).then((changes) => {
      isAnswered = true
      return changes
    })
    log.now.ms += 1999
    feed.beat()
    await settle()
    expect(isAnswered).toBe(false)
    log.now.ms += 1
    feed.beat()
    expect(await answer).toMatchObject({ seq: 0, entries: [] })
  })

  it('names the place of its last entry where there is more, so that nothing is missed', async () => {
    const { log, feed } = feedOver()
    log.write(2500)
    const first = await feed.poll(at(0), seconds(1), never)
    expect(first).toMatchObject({ seq: 1000 })
    expect(first !== 'resync' && first.entries).toHaveLength(1000)
    expect(await feed.poll(at(1000), seconds(1), never)).toMatchObject({ seq: 2000 })
    expect(await feed.poll(at(2000), seconds(1), never)).toMatchObject({ seq: 2500 })
  })

  it('is let go when the caller goes, when the log begins anew and when the feed closes', async () => {
    const { log, feed } = feedOver()
    const gone = new AbortController()
    const answers = [feed.poll(at(0), seconds(30), gone.signal), feed.poll(at(0), seconds(30), never)]
    await settle()
    gone.abort()
    expect(await answers[0]).toMatchObject({ entries: [] })
    log.known.epoch = '1763680000009'
    feed.restart()
    expect(await answers[1]).toBe('resync')
    const last = feed.poll(at(0, '1763680000009'), seconds(30), never)
    await settle()
    feed.close()
    expect(await last).toMatchObject({ entries: [] })
    expect(await feed.poll(at(0, '1763680000009'), seconds(30), never)).toMatchObject({ entries: [] })
  })

  it('is refused when too many wait', async () => {
    const { feed } = feedOver()
    for (let n = 0; n < 3; n++) void feed.poll(at(0), seconds(30), never)
    await settle()
    await expect(feed.poll(at(0), seconds(30), never)).rejects.toThrow(Overloaded)
    feed.close()
  })
})
