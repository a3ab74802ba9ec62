import { CommandRefused } from '../errors/operational-errors.js'
import { type Clock, type Seconds, seconds } from '../model/time.js'
import type { Lease, LeaseStore } from '../stores/lease-store.js'

export interface PaceLimits {
  /** Waited for after each batch, so that others get their turn. */
  readonly pauseMs: number
  /** Rows a second, over the whole run; undefined: as many as there are. */
  readonly rate?: number
  /** How far replicas may be behind; undefined: they are not asked. */
  readonly maxReplicationLagMs?: number | undefined
}

export interface PaceNeeds {
  readonly clock: Clock
  /** Comes back sooner when the signal is given. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Seconds that the slowest replica is behind; undefined: there is none, or the database does not say. @throws StoreUnavailable */
  readonly replicationLag: () => Promise<number | undefined>
  readonly leases: Pick<LeaseStore, 'renew'>
  readonly lease: Lease
}

/** How long a run's lease lasts when nothing renews it; every batch does. A run that has died keeps the next one waiting so long. */
export const RUN_LEASE: Seconds = seconds(60)

/** Far within the lease. */
const SLICE_MS = 15_000
const ASK_REPLICAS_MS = 1000

/** What a run waits for after each batch. @throws CommandRefused `purge_superseded` when the lease was lost meanwhile */
export function createPace({ pauseMs, rate, maxReplicationLagMs }: PaceLimits, { clock, wait, replicationLag, leases, lease }: PaceNeeds) {
  const beganMs = clock.nowMs()
  let rows = 0

  /** In slices, after each of which the lease begins anew. */
  async function rest(ms: number, signal: AbortSignal): Promise<void> {
    for (let left = ms; left > 0 && !signal.aborted; left -= SLICE_MS) {
      await wait(Math.min(left, SLICE_MS), signal)
      if (left > SLICE_MS && !(await leases.renew(lease, RUN_LEASE))) throw superseded()
    }
  }

  async function awaitReplicas(most: number, signal: AbortSignal): Promise<void> {
    for (let waited = 1; !signal.aborted && ((await replicationLag()) ?? 0) * 1000 > most; waited++) {
      await wait(ASK_REPLICAS_MS, signal)
      if (waited % (SLICE_MS / ASK_REPLICAS_MS) === 0 && !(await leases.renew(lease, RUN_LEASE))) throw superseded()
    }
  }

  return async (gone: number, signal: AbortSignal): Promise<void> => {
    rows += gone
    const owed = rate === undefined ? 0 : (rows / rate) * 1000 - (clock.nowMs() - beganMs)
    await rest(Math.max(pauseMs, owed), signal)
    if (maxReplicationLagMs !== undefined) await awaitReplicas(maxReplicationLagMs, signal)
  }
}

export function superseded(): CommandRefused {
  return new CommandRefused('purge_superseded', 'the purge took too long over something and another one may have begun: this one has stopped')
}
