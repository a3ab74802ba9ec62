import type { Job } from '../../../src/main/compose/compose-jobs.js'
import { underLease } from '../../../src/main/compose/under-lease.js'
import type { LeaseStore } from '../../../src/stores/lease-store.js'
import { StillClock } from '../../still-clock.js'
import { createLeases } from './still-leases.js'

const MINUTE_MS = 60_000

describe('a job that one node does for all', () => {
  const clock = new StillClock()
  let leases: LeaseStore
  let done: string[]
  beforeEach(() => {
    leases = createLeases(clock)
    done = []
  })

  const jobOf = (holder: string, run: Job['run'] = async () => void done.push(holder)): Job =>
    underLease({ name: 'purge', everyMs: MINUTE_MS, run }, { leases, holder, clock })
  const run = (job: Job, signal = new AbortController().signal) => job.run(signal)

  it('is done once in its interval, whoever comes first, and then by whoever comes next', async () => {
    const [a, b] = [jobOf('a'), jobOf('b')]
    await run(a)
    await run(b)
    await run(a)
    expect(done).toEqual(['a'])
    clock.advance(60)
    await run(b)
    await run(a)
    expect(done).toEqual(['a', 'b'])
  })

  it('is not begun while another node is at it', async () => {
    let finish: () => void = () => undefined
    const working = run(jobOf('a', () => new Promise((resolve) => (finish = resolve))))
    await run(jobOf('b'))
    expect(done).toEqual([])
    finish()
    await working
  })

  it('is left to the others at once when it is stopped or fails', async () => {
    const stopping = new AbortController()
    await run(
      jobOf('a', async () => stopping.abort()),
      stopping.signal,
    )
    await run(jobOf('b'))
    expect(done).toEqual(['b'])
    clock.advance(60)
    const failing = jobOf('a', () => Promise.reject(new TypeError('no')))
    await expect(run(failing)).rejects.toThrow('no')
    await run(jobOf('b'))
    expect(done).toEqual(['b', 'b'])
  })

  it('of a node that died at work is done by another one within half a minute', async () => {
    void run(jobOf('a', () => new Promise(() => undefined)))
    clock.advance(29)
    await run(jobOf('b'))
    expect(done).toEqual([])
    clock.advance(1)
    await run(jobOf('b'))
    expect(done).toEqual(['b'])
  })
})
