import { type KeptCopy, keepCopy } from '../../../src/gateway/copies/keep-copy.js'
import type { CopyChange, RevocationCopy } from '../../../src/gateway/copies/revocation-copy.js'
import { epochSeconds } from '../../../src/model/time.js'
import { entry, START } from './entries.js'

const POSITION = { epoch: '1', seq: 0 }

interface Written {
  readonly whole?: readonly string[]
  readonly added?: readonly string[]
  readonly replaced?: readonly string[]
  readonly gone?: readonly string[]
  readonly goodUntil: number
  readonly serverAhead: number
}

let written: Written[]
let problems: string[]
/** What the next writes come to; then all are done. */
let outcomes: (Error | 'replace' | 'wait')[]
let letGo: () => void
let kept: KeptCopy
let localMs: number

const names = (entries: Iterable<{ readonly kind: string; readonly id: string }>): readonly string[] =>
  [...entries].map(({ kind, id }) => `${kind} ${id}`)

async function outcome(): Promise<'done' | 'replace'> {
  const next = outcomes.shift()
  if (next instanceof Error) throw next
  if (next === 'wait') await new Promise<void>((resolve) => (letGo = resolve))
  return next === 'replace' ? 'replace' : 'done'
}

const copy: RevocationCopy = {
  async replace(entries, times) {
    written.push({ whole: names(entries), ...times })
    await outcome()
  },
  update({ added, replaced, gone, times }: CopyChange) {
    written.push({ added: names(added), replaced: names(replaced), gone: names(gone), ...times })
    return outcome()
  },
  close: () => Promise.resolve(),
}

beforeEach(() => {
  written = []
  problems = []
  outcomes = []
  localMs = START * 1000
  const clock = { nowMs: () => localMs, now: () => epochSeconds(Math.floor(localMs / 1000)) }
  kept = keepCopy(copy, { hardMs: 60_000, clock, onProblem: (message) => problems.push(message) })
})
afterEach(() => kept.close())

const confirm = (nowMs = START * 1000, confirmedAtMs = nowMs): void => kept.confirmed(POSITION, { nowMs, confirmedAtMs })

function load(...entries: ReturnType<typeof entry>[]): void {
  const snapshot = kept.snapshot()
  for (const one of entries) snapshot.entry(one)
  snapshot.taken(POSITION)
}

async function settled(count: number): Promise<readonly Written[]> {
  while (written.length < count) await new Promise((resolve) => setTimeout(resolve, 1))
  await new Promise((resolve) => setTimeout(resolve, 5))
  return written
}

const TIMES = { goodUntil: START + 60, serverAhead: 0 }

it('writes everything once the server has confirmed it, and from then on what comes', async () => {
  load(entry(1, 'token', 'a'))
  kept.change(entry(2, 'client', 'c', START))
  expect(await settled(0)).toEqual([])
  confirm()
  expect(await settled(1)).toEqual([{ whole: ['token a', 'client c'], ...TIMES }])
  kept.change(entry(3, 'grant', 'g'))
  kept.change(entry(4, 'client', 'c', START + 1))
  expect((await settled(2))[1]).toEqual({ added: ['grant g'], replaced: ['client c'], gone: [], ...TIMES })
})

it('believes no confirmation longer than it may, and says by how much the clock of the server is ahead', async () => {
  confirm(START * 1000 + 7000, START * 1000 - 3000)
  expect(await settled(1)).toEqual([{ whole: [], goodUntil: START + 50, serverAhead: 7 }])
})

it('puts together what comes while it writes, and confirms nothing before it is written', async () => {
  outcomes = ['wait']
  confirm()
  await settled(1)
  kept.change(entry(1, 'token', 'a'))
  localMs += 1000
  confirm(localMs)
  kept.change(entry(2, 'token', 'b'))
  expect(await settled(1)).toHaveLength(1)
  letGo()
  expect((await settled(2)).slice(1)).toEqual([{ added: ['token a', 'token b'], replaced: [], gone: [], goodUntil: START + 61, serverAhead: 0 }])
})

it('writes everything again for a copy that lost it, or could not be written', async () => {
  load(entry(1, 'token', 'a'))
  outcomes = [new Error('no such socket'), 'replace']
  confirm()
  expect((await settled(2)).map(({ whole }) => whole)).toEqual([['token a'], ['token a']])
  expect(problems).toEqual(['no such socket'])
  outcomes = ['replace']
  kept.change(entry(2, 'token', 'b'))
  expect((await settled(4)).slice(2)).toEqual([
    { added: ['token b'], replaced: [], gone: [], ...TIMES },
    { whole: ['token a', 'token b'], ...TIMES },
  ])
})

it('does not lose a new whole that came while it wrote', async () => {
  load(entry(1, 'token', 'a'))
  confirm()
  await settled(1)
  outcomes = ['wait']
  kept.change(entry(2, 'token', 'b'))
  await settled(2)
  load(entry(9, 'grant', 'g'))
  confirm()
  letGo()
  expect((await settled(3))[2]).toEqual({ whole: ['grant g'], ...TIMES })
})

it('takes nothing from a snapshot that was abandoned', async () => {
  load(entry(1, 'token', 'a'))
  const snapshot = kept.snapshot()
  snapshot.entry(entry(2, 'token', 'b'))
  snapshot.abandoned()
  confirm()
  expect(await settled(1)).toEqual([{ whole: ['token a'], ...TIMES }])
})

it('tells what has expired by the time of the server, once', async () => {
  load(entry(1, 'token', 'a', undefined, START + 10), entry(2, 'token', 'b'))
  confirm()
  await settled(1)
  confirm((START + 61) * 1000)
  expect((await settled(2))[1]).toMatchObject({ gone: ['token a'] })
  confirm((START + 130) * 1000)
  expect((await settled(3))[2]).toMatchObject({ gone: [] })
})
