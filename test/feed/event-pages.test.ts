import { type Changes, createChanges } from '../../src/feed/changes.js'
import { createEventPages } from '../../src/feed/event-pages.js'
import type { RevocationEvents } from '../../src/feed/subscriber.js'
import { EPOCH, logInMemory } from './log-in-memory.js'

const PLENTY = 10_000_000
const at = (seq: number, epoch = EPOCH) => ({ epoch, seq })
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

function pagesOver({ recentEntries = 50, mostBytes = PLENTY } = {}) {
  const log = logInMemory()
  const readFrom: number[] = []
  const readLog: typeof log.readLog = (seq, limit) => {
    readFrom.push(seq)
    return log.readLog(seq, limit)
  }
  const changes: Changes = createChanges(log.view, readLog, recentEntries)
  const pages = createEventPages(changes, mostBytes)
  /** Writes entries of which this process learns. */
  function write(count: number): void {
    changes.publish(log.write(count))
    pages.publish(at(log.entries.length))
  }
  return { ...log, readFrom, pages, write }
}

const textOf = (events: RevocationEvents): string => events.whole?.bytes.toString() ?? events.each.map(({ text }) => text).join('')
const seqsIn = (text: string): number[] => [...text.matchAll(/^data: {"seq":(\d+),/gm)].map(([, seq]) => Number(seq))

/** Everything after a place, as one who catches up is told it. */
async function catchUp({ pages, view }: ReturnType<typeof pagesOver>, seq: number): Promise<number[]> {
  const told: number[] = []
  for (let place = seq; place < view.seq(); place = told.at(-1) ?? place) {
    const events = await pages.after(at(place))
    if (events === 'resync') throw new Error('resync')
    const seqs = seqsIn(textOf(events))
    expect([seqs.length > 0, events.whole?.first ?? seqs[0], events.whole?.last ?? seqs.at(-1)]).toEqual([true, seqs[0], seqs.at(-1)])
    told.push(...seqs)
  }
  return told
}

it('are read once for all who catch up at the same time, each from a place of its own, without a gap', async () => {
  const stage = pagesOver()
  stage.write(4500)
  const places = [3, 999, 1000, 1001, 2500, 0]
  const told = await Promise.all(places.map((place) => catchUp(stage, place)))
  expect(told).toEqual(places.map((place) => from(place + 1, 4500)))
  expect(stage.readFrom.toSorted((one, other) => one - other)).toEqual([0, 1000, 2000, 3000, 4000])
})

it('are neither read nor written again for those who come later', async () => {
  const stage = pagesOver()
  stage.write(2000)
  await catchUp(stage, 0)
  const [first, second] = await Promise.all([stage.pages.after(at(0)), stage.pages.after(at(0))])
  expect(first !== 'resync' && second !== 'resync' && first.whole?.bytes.buffer === second.whole?.bytes.buffer).toBe(true)
  expect(stage.readFrom).toEqual([0, 1000])
})

it('are at hand without reading for what was published since anybody asked first', async () => {
  const stage = pagesOver({ recentEntries: 1500 })
  stage.write(2500)
  await catchUp(stage, 2400)
  for (let batch = 0; batch < 40; batch++) stage.write(150)
  stage.known.isAway = true
  expect(await catchUp(stage, 2400)).toEqual(from(2401, 8500))
  expect(stage.readFrom).toEqual([])
})

it('go on with what came since they were written', async () => {
  const stage = pagesOver({ recentEntries: 5000 })
  stage.write(1200)
  expect(await catchUp(stage, 1100)).toEqual(from(1101, 1200))
  stage.write(100)
  expect(await catchUp(stage, 1100)).toEqual(from(1101, 1300))
  expect(await stage.pages.after(at(1300))).toEqual({ each: [], whole: undefined })
  stage.write(900)
  expect(await catchUp(stage, 1250)).toEqual(from(1251, 2200))
})

it('do not wait for a page that was begun before the newest entries came', async () => {
  const stage = pagesOver()
  stage.write(500)
  const early = stage.pages.after(at(10))
  stage.write(1)
  const late = stage.pages.after(at(500))
  expect(seqsIn(textOf((await late) as RevocationEvents))).toEqual([501])
  expect(seqsIn(textOf((await early) as RevocationEvents))[0]).toBe(11)
})

it('take no more memory than is allowed, and those that were not used for longest go first', async () => {
  const measured = pagesOver()
  measured.write(1000)
  const one = (await measured.pages.after(at(0))) as RevocationEvents
  const stage = pagesOver({ mostBytes: ((one.whole?.bytes.length ?? 0) + 4000) * 3.5 })
  stage.write(6000)
  await catchUp(stage, 0)
  expect(stage.readFrom).toEqual(from(0, 5).map((page) => page * 1000))
  await stage.pages.after(at(3000))
  await stage.pages.after(at(0))
  await stage.pages.after(at(3000))
  await stage.pages.after(at(4000))
  expect(stage.readFrom.slice(6)).toEqual([0, 4000])
})

it('are those of what is left where a page was trimmed in part', async () => {
  const stage = pagesOver()
  stage.write(2500)
  stage.known.trimmedTo = 400
  expect(await stage.pages.after(at(399))).toBe('resync')
  expect(await catchUp(stage, 400)).toEqual(from(401, 2500))
})

it('are forgotten with the epoch, also those that are being read', async () => {
  const stage = pagesOver()
  stage.write(1500)
  await stage.pages.after(at(0))
  const reading = stage.pages.after(at(1200))
  stage.known.epoch = '1763680000001'
  expect(await reading).toBe('resync')
  expect(await stage.pages.after(at(0))).toBe('resync')
  const next = (await stage.pages.after(at(0, '1763680000001'))) as RevocationEvents
  expect(textOf(next)).toMatch(/^event: revocation\nid: 1763680000001:1\n/)
})

it('fail for all who wait for one that cannot be read, and are read when they are asked for again', async () => {
  const stage = pagesOver()
  stage.write(1500)
  stage.known.isAway = true
  const outcomes = await Promise.allSettled([stage.pages.after(at(0)), stage.pages.after(at(5))])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  stage.known.isAway = false
  expect(await catchUp(stage, 5)).toEqual(from(6, 1500))
})

it('are cut in bytes where ids are not in ASCII', async () => {
  const stage = pagesOver()
  stage.entries.push(
    ...from(1, 10).map((seq) => ({ seq, kind: 'subject' as const, id: `zwölf-€-${seq}`, cutoff: undefined, expires: stage.clock.now() })),
  )
  expect(await catchUp(stage, 0)).toEqual(from(1, 10))
  expect(await catchUp(stage, 7)).toEqual([8, 9, 10])
})
