import { createServerTime } from '../../src/gateway/server-time.js'
import { epochSeconds } from '../../src/model/time.js'

function timeAt(start: number) {
  const local = { ms: start }
  const clock = { nowMs: () => local.ms, now: () => epochSeconds(Math.floor(local.ms / 1000)) }
  return { local, time: createServerTime(clock) }
}

/** Asks, and hears after `delayMs` what the server's clock said `lateMs` ago. */
function connect({ local, time }: ReturnType<typeof timeAt>, serverMs: number, delayMs: number): boolean {
  const isAnswered = time.ask()
  local.ms += delayMs
  isAnswered()
  return time.hear(serverMs)
}

it('is the own clock before anything was heard', () => {
  expect(timeAt(5500).time.now()).toBe(5)
})

it('follows a server whose clock is elsewhere', () => {
  const own = timeAt(10_000)
  expect(connect(own, 1_000_000, 20)).toBe(true)
  expect(own.time.nowMs()).toBe(1_000_000)
  own.local.ms += 500
  expect(own.time.nowMs()).toBe(1_000_500)
})

it('wants to ask once more where the first answer took long, since much had to be told before', () => {
  const own = timeAt(10_000)
  expect(connect(own, 1_000_000, 8000)).toBe(false)
  expect([own.time.isKnown(), own.time.nowMs()]).toEqual([false, 18_000])
  expect(connect(own, 1_008_100, 100)).toBe(true)
  expect(own.time.nowMs()).toBe(1_008_100)
})

it('takes the most that is possible where that takes long again, so that held-back news looks old', () => {
  const own = timeAt(10_000)
  connect(own, 1_000_000, 8000)
  expect(connect(own, 1_008_000, 8000)).toBe(true)
  expect(own.time.nowMs()).toBe(1_016_000)
})

it('counts from when that was asked which was answered, not what was asked beside it', () => {
  const own = timeAt(10_000)
  own.time.ask()
  own.local.ms += 3000
  const isAnswered = own.time.ask()
  own.local.ms += 1000
  own.time.ask()
  own.local.ms += 500
  isAnswered()
  expect(own.time.hear(1_000_000)).toBe(true)
  expect(own.time.nowMs()).toBe(1_000_000)
})

it('asks to be measured anew after a minute of such a guess', () => {
  const own = timeAt(10_000)
  connect(own, 1_000_000, 8000)
  connect(own, 1_008_000, 8000)
  own.local.ms += 1000
  expect(own.time.hear(1_009_000)).toBe(true)
  own.local.ms += 60_000
  expect(own.time.hear(1_069_000)).toBe(false)
})

it('does not believe a heartbeat that was held back', () => {
  const own = timeAt(10_000)
  connect(own, 1_000_000, 0)
  own.local.ms += 10_000
  expect(own.time.hear(1_003_000)).toBe(false)
  expect(own.time.nowMs()).toBe(1_010_000)
})

it('gets better with each heartbeat that took less time', () => {
  const own = timeAt(10_000)
  connect(own, 1_000_000, 400)
  own.local.ms += 1000
  expect(own.time.hear(1_001_300)).toBe(true)
  expect(own.time.nowMs()).toBe(1_001_300)
  own.local.ms += 1000
  expect(own.time.hear(1_002_000)).toBe(true)
  expect(own.time.nowMs()).toBe(1_002_300)
})

it('takes a clock that was set back when it is asked again', () => {
  const own = timeAt(10_000)
  connect(own, 1_000_000, 0)
  expect(connect(own, 500_000, 10)).toBe(true)
  expect(own.time.nowMs()).toBe(500_000)
})
