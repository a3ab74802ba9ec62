import { type Clock, type Seconds, seconds } from '../../model/time.js'
import type { Lease, LeaseStore } from '../../stores/lease-store.js'
import type { Job } from './compose-jobs.js'

export interface LeaseNeeds {
  readonly leases: LeaseStore
  /** Unique among everything that runs. */
  readonly holder: string
  readonly clock: Clock
}

/** Short, so that another node goes on soon where this one has died at work. */
const WORKING: Seconds = seconds(30)
const RENEW_EVERY_MS = 10_000
/** Of the interval: who comes first after it takes the next turn. */
const REST = 0.9

/**
 * The same job, done by one node at a time and once in its interval, whoever does it. Whoever loses the lease at work is
 * told to stop: what it does until then has to be harmless when another one does it too.
 */
export function underLease(job: Job, { leases, holder, clock }: LeaseNeeds): Job {
  return {
    ...job,
    async run(signal) {
      const startedAt = clock.now()
      const lease = await leases.take(job.name, holder, WORKING)
      if (lease === undefined) return
      let rest = 0
      try {
        if (await work(job, lease, { leases, signal })) rest = Math.floor(turnEndsMs(job, startedAt * 1000) / 1000) - clock.now()
      } finally {
        if (rest > 0) await leases.renew(lease, seconds(rest))
        else await leases.release(lease)
      }
    },
  }
}

const turnEndsMs = (job: Job, beganMs: number): number => job.turnEndsMs?.(beganMs) ?? beganMs + job.everyMs * REST

/** @returns whether it came to its end with the lease. */
async function work(job: Job, lease: Lease, { leases, signal }: { readonly leases: LeaseStore; readonly signal: AbortSignal }): Promise<boolean> {
  const lost = new AbortController()
  const renewal = setInterval(() => {
    leases.renew(lease, WORKING).then(
      (isHeld) => (isHeld ? undefined : lost.abort()),
      () => lost.abort(),
    )
  }, RENEW_EVERY_MS)
  renewal.unref()
  try {
    const either = AbortSignal.any([signal, lost.signal])
    await job.run(either)
    return !either.aborted
  } finally {
    clearInterval(renewal)
  }
}
