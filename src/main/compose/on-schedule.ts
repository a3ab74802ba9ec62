import type { Schedule } from '../../config/schedule.js'
import type { Clock } from '../../model/time.js'
import type { Job } from './compose-jobs.js'

export interface ScheduleNeeds {
  readonly schedule: Schedule
  readonly clock: Clock
  /** Makes sure that one node does it for all. */
  readonly byOne: (job: Job) => Job
}

const LOOK_EVERY_MS = 10_000
/** How late it may begin: after a restart, or in place of a node that has died. Later it waits for the next time, since its time was chosen. */
const MOST_LATE_MS = 600_000
/** How much longer its turn is kept, for nodes whose clocks are behind. */
const MARGIN_MS = 60_000

/** The same job at the times of a schedule: once each time, and never to make up for times that were missed. */
export function onSchedule(job: Job, { schedule, clock, byOne }: ScheduleNeeds): Job {
  let doneMs = Number.NEGATIVE_INFINITY

  function due(): number | undefined {
    const latest = schedule.latest(clock.nowMs())
    return latest !== undefined && latest > doneMs && clock.nowMs() - latest < MOST_LATE_MS ? latest : undefined
  }

  const turn = byOne({
    name: job.name,
    everyMs: LOOK_EVERY_MS,
    turnEndsMs(beganMs) {
      const time = schedule.latest(beganMs) ?? beganMs
      return Math.min(time + MOST_LATE_MS + MARGIN_MS, schedule.next(time) ?? Number.POSITIVE_INFINITY)
    },
    async run(signal) {
      const time = due()
      if (time === undefined) return
      await job.run(signal)
      if (!signal.aborted) doneMs = time
    },
  })
  return {
    ...turn,
    run: async (signal) => {
      if (due() !== undefined) await turn.run(signal)
    },
  }
}
