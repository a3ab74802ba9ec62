import { StoreUnavailable } from '../errors/operational-errors.js'
import type { EventSink } from '../stores/event-sink.js'
import type { Job, Jobs } from './compose/compose-jobs.js'

export interface Background {
  /** Starts nothing more and waits for what is under way. */
  stop(): Promise<void>
}

/** Runs every recurring job, each alone: one that takes longer than its interval is not started twice. */
export function startBackground(jobs: Jobs, events: EventSink): Background {
  const stopping = new AbortController()
  const underWay = new Map<string, Promise<void>>()

  function start(job: Job): void {
    if (underWay.has(job.name)) return
    const run = job
      .run(stopping.signal)
      .catch((error: unknown) => events(failureOf(error)))
      .finally(() => underWay.delete(job.name))
    underWay.set(job.name, run)
  }

  const timers = jobs.map((job) => setInterval(() => start(job), job.everyMs))
  return {
    async stop() {
      stopping.abort()
      for (const timer of timers) clearInterval(timer)
      await Promise.all(underWay.values())
    },
  }
}

function failureOf(error: unknown): Parameters<EventSink>[0] {
  return error instanceof StoreUnavailable
    ? { type: 'store_unavailable', store: error.store, cause: error.cause }
    : { type: 'request_failed', cause: error }
}
