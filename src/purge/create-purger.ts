import { CommandRefused } from '../errors/operational-errors.js'
import type { Clock } from '../model/time.js'
import type { ChangeHeads } from '../stores/change-heads.js'
import type { EventSink } from '../stores/event-sink.js'
import type { LeaseStore } from '../stores/lease-store.js'
import type { PurgeRuns } from '../stores/purge-runs.js'
import type { BatchRequest, PurgeTarget } from '../stores/purge-target.js'
import { createPace, type PaceLimits, type PaceNeeds, RUN_LEASE } from './purge-pace.js'
import { type PurgeLimits, type PurgeOptions, type PurgeOutcome, type PurgeProgress, runPurge } from './run-purge.js'

export interface PurgerNeeds extends Pick<PaceNeeds, 'clock' | 'commits' | 'wait' | 'replicationLag'> {
  readonly leases: LeaseStore
  readonly heads: Pick<ChangeHeads, 'read'>
  readonly runs: PurgeRuns
  readonly events: EventSink
  /** Unique among everything that runs. */
  readonly holder: string
}

export interface PurgeRequest extends PurgeLimits, PaceLimits {
  /** How long the run may take, in milliseconds; undefined: until it is done. */
  readonly deadlineMs?: number
  readonly signal: AbortSignal
  readonly keep?: BatchRequest['keep']
  readonly keepInTable?: string
  readonly progress?: PurgeOptions['progress']
}

/**
 * One run at a time on a database, whichever process and whichever targets.
 * @throws CommandRefused `purge_running`, `clock_differs`: then nothing was deleted; `purge_superseded` @throws StoreUnavailable
 */
export type Purger = (targets: readonly PurgeTarget[], request: PurgeRequest) => Promise<PurgeOutcome>

const LEASE_NAME = 'purge run'

export function createPurger({ leases, heads, runs, holder, events, ...pacing }: PurgerNeeds): Purger {
  const { clock } = pacing
  return async (targets, request) => {
    await compareClocks(clock, heads, request)
    const lease = await leases.take(LEASE_NAME, holder, RUN_LEASE)
    if (lease === undefined) throw alreadyRunning()
    try {
      const endMs = clock.nowMs() + (request.deadlineMs ?? Number.POSITIVE_INFINITY)
      const pace = createPace(request, { ...pacing, leases, lease })
      const progress = (step: PurgeProgress): void => {
        events({ type: 'purge_batch', target: step.target, byReason: step.batch.deleted, limit: step.limit, lockMs: step.batch.lockMs })
        request.progress?.(step)
      }
      const outcome = await runPurge(targets, { ...request, lease, runs, clock, pace, progress, hasTime: () => clock.nowMs() < endMs })
      for (const { target, deleted, seconds } of outcome.targets) {
        const lag = await targets.find(({ name }) => name === target)?.lag?.(request)
        events({ type: 'purged', target, deleted, seconds, lag })
      }
      return outcome
    } finally {
      await leases.release(lease)
    }
  }
}

/** Whoever asks has another idea of what is past than the database, whose rows were written by some other clock still. */
async function compareClocks(clock: Clock, heads: PurgerNeeds['heads'], { safePeriod }: PurgeLimits): Promise<void> {
  const { databaseTimeMs } = await heads.read()
  const difference = Math.abs(clock.nowMs() - databaseTimeMs) / 1000
  if (difference <= safePeriod / 2) return
  throw new CommandRefused(
    'clock_differs',
    `the clock of this machine and the database's differ by ${Math.round(difference)} s, more than half the safe period: set them right first; nothing was deleted`,
  )
}

function alreadyRunning(): CommandRefused {
  return new CommandRefused('purge_running', 'another purge of this database is under way; one that has died is forgotten within a minute')
}
