import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { startBackground } from '../../src/main/background.js'
import type { Job } from '../../src/main/compose/compose-jobs.js'
import type { BusinessEvent } from '../../src/model/event.js'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(2)
}

const jobOf = (run: Job['run'], everyMs = 5): Job => ({ name: 'job', everyMs, run })

describe('the background', () => {
  it('runs a job again and again, until it is stopped', async () => {
    let runs = 0
    const background = startBackground(
      [
        jobOf(async () => {
          runs += 1
        }),
      ],
      () => undefined,
    )
    expect(runs).toBe(0)
    await until(() => runs >= 3)
    await background.stop()
    const stoppedAt = runs
    await pause(30)
    expect(runs).toBe(stoppedAt)
  })

  it('never runs a job twice at once, and lets others go on meanwhile', async () => {
    let [begun, others] = [0, 0]
    let end: () => void = () => undefined
    const slow = jobOf(() => {
      begun += 1
      return new Promise<void>((resolve) => {
        end = resolve
      })
    })
    const other = jobOf(async () => {
      others += 1
    })
    const background = startBackground([slow, { ...other, name: 'other' }], () => undefined)
    await until(() => others >= 5)
    expect(begun).toBe(1)
    end()
    await until(() => begun === 2)
    end()
    await background.stop()
  })

  it('tells of a job that fails, and runs it again', async () => {
    const events: BusinessEvent[] = []
    const failures = [new StoreUnavailable('database', { cause: 'the cause' }), new TypeError('a defect')]
    let runs = 0
    const background = startBackground(
      [
        jobOf(async () => {
          const failure = failures[runs++]
          if (failure) throw failure
        }),
      ],
      (event) => void events.push(event),
    )
    await until(() => runs >= 3)
    await background.stop()
    expect(events).toEqual([
      { type: 'store_unavailable', store: 'database', cause: 'the cause' },
      { type: 'request_failed', cause: failures[1] },
    ])
  })

  it('asks what is under way to end, and waits for it', async () => {
    const steps: string[] = []
    const background = startBackground(
      [
        jobOf(async (signal) => {
          steps.push('begun')
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          await pause(5)
          steps.push('ended')
        }),
      ],
      () => undefined,
    )
    await until(() => steps.length > 0)
    await background.stop()
    expect(steps).toEqual(['begun', 'ended'])
  })
})
