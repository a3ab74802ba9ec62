import { createSchedule } from '../../../src/config/schedule.js'
import type { Job } from '../../../src/main/compose/compose-jobs.js'
import { onSchedule } from '../../../src/main/compose/on-schedule.js'
import { underLease } from '../../../src/main/compose/under-lease.js'
import { StillClock } from '../../still-clock.js'
import { createLeases } from './still-leases.js'

const MINUTE = 60
const THREE = Date.parse('2026-11-22T03:00:00Z') / 1000

describe('a job on a schedule', () => {
  function createNodes(expression = '0 3 * * *') {
    const clock = new StillClock()
    clock.advance(THREE - 90 * MINUTE - clock.now())
    const leases = createLeases(clock)
    const done: string[] = []
    const schedule = createSchedule({ expression, timezone: 'UTC' })
    const startNode = (holder: string, work: Job['run'] = async () => void done.push(holder)) => {
      const byOne = (job: Job): Job => underLease(job, { leases, holder, clock })
      const job = onSchedule({ name: 'purge', everyMs: 1, run: work }, { schedule, clock, byOne })
      return { job, look: (signal = new AbortController().signal) => job.run(signal) }
    }
    return { clock, done, startNode }
  }

  it('is done at its time, once, by one node', async () => {
    const { clock, done, startNode } = createNodes()
    const [a, b] = [startNode('a'), startNode('b')]
    await a.look()
    clock.advance(90 * MINUTE - 1)
    await a.look()
    expect(done).toEqual([])
    for (let passed = 0; passed < 60 * MINUTE; passed += 10) {
      clock.advance(10)
      await b.look()
      await a.look()
    }
    expect(done).toEqual(['b'])
    clock.advance(23 * 60 * MINUTE + 1)
    await a.look()
    expect(done).toEqual(['b', 'a'])
  })

  it('is not done to make up for the times when no node was there, but a few minutes late', async () => {
    const { clock, done, startNode } = createNodes()
    clock.advance(90 * MINUTE + 11 * MINUTE)
    const a = startNode('a')
    await a.look()
    clock.advance(5 * 24 * 60 * MINUTE)
    await a.look()
    expect(done).toEqual([])
    clock.advance(24 * 60 * MINUTE - 2 * MINUTE)
    await a.look()
    expect(done).toEqual(['a'])
  })

  it('is taken over from a node that died at it, or could not do it', async () => {
    const { clock, done, startNode } = createNodes()
    clock.advance(90 * MINUTE)
    void startNode('dead', () => new Promise(() => undefined)).look()
    const b = startNode('b')
    await b.look()
    expect(done).toEqual([])
    clock.advance(30)
    await expect(startNode('unlucky', () => Promise.reject(new TypeError('no'))).look()).rejects.toThrow('no')
    await b.look()
    expect(done).toEqual(['b'])
  })

  it('is done each time of a schedule whose times are near to each other, the first one late', async () => {
    const { clock, done, startNode } = createNodes('* * * * *')
    const [a, b] = [startNode('a'), startNode('b')]
    clock.advance(30 * MINUTE + 5)
    for (let passed = 0; passed < 5 * MINUTE; passed += 10) {
      clock.advance(10)
      await a.look()
      await b.look()
    }
    expect(done).toHaveLength(6)
  })

  it('is done once where there is one node only, and no lease', async () => {
    const { clock } = createNodes()
    let runs = 0
    const run = async () => {
      runs += 1
    }
    const work: Job = { name: 'purge', everyMs: 1, run }
    const job = onSchedule(work, { schedule: createSchedule({ expression: '0 3 * * *', timezone: 'UTC' }), clock, byOne: (one) => one })
    clock.advance(90 * MINUTE)
    for (let passed = 0; passed < 20 * MINUTE; passed += 10) {
      await job.run(new AbortController().signal)
      clock.advance(10)
    }
    expect(runs).toBe(1)
  })
})
