import { CommandRefused } from '../errors/operational-errors.js'
import { type Clock, type Seconds, seconds } from '../model/time.js'
import type { Lease, LeaseStore } from '../stores/lease-store.js'
import { createOthersWatch, type OthersNeeds } from './watch-others.js'

export interface PaceLimits {
  /** Waited for after each batch, so that others get their turn. */
  readonly pauseMs: number
  /** Rows a second, over the whole run; undefined: as many as there are. */
  readonly rate?: number
  /** Whether it takes small batches and rests between them while others write to the database. */
  readonly yields: boolean
  /** How long a transaction may hold its locks, in milliseconds. */
  readonly lockTimeMs: number
  /** How far replicas may be behind; undefined: they are not asked. */
  readonly maxReplicationLagMs?: number | undefined
}

export interface PaceNeeds extends OthersNeeds {
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

/** Beside others: so short that hardly anybody waits for a batch, and so long between two that most never meet one. */
const BESIDE_OTHERS = { lockTimeMs: 10, restOverWork: 2 }

/** How fast a run may go. */
export interface Pace {
  /** How long the next transaction may hold its locks, in milliseconds. */
  lockTimeMs(): number
  /** Whether the next batch may begin before the one before is committed. */
  overlaps(): boolean
  /**
   * To be awaited after each batch, of which `rows` went, and which took so many milliseconds.
   * @throws CommandRefused `purge_superseded` when the lease was lost meanwhile @throws StoreUnavailable
   */
  rest(batch: { readonly rows: number; readonly tookMs: number }, signal: AbortSignal): Promise<void>
}

export function createPace({ pauseMs, rate, yields, lockTimeMs, maxReplicationLagMs }: PaceLimits, needs: PaceNeeds): Pace {
  const { clock, wait, replicationLag, leases, lease } = needs
  const beganMs = clock.nowMs()
  const others = createOthersWatch(needs)
  const givesWay = (): boolean => yields && !others.isAlone()
  // Beside a second batch a rest would be none.
  const mayRest = pauseMs > 0 || rate !== undefined || maxReplicationLagMs !== undefined
  let rows = 0

  /** In slices, after each of which the lease begins anew. */
  async function restFor(ms: number, signal: AbortSignal): Promise<void> {
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

  return {
    lockTimeMs: () => (givesWay() ? Math.min(lockTimeMs, BESIDE_OTHERS.lockTimeMs) : lockTimeMs),
    overlaps: () => !mayRest && !givesWay(),
    async rest({ rows: gone, tookMs }, signal) {
      rows += gone
      if (yields) await others.committed()
      const owed = rate === undefined ? 0 : (rows / rate) * 1000 - (clock.nowMs() - beganMs)
      await restFor(Math.max(pauseMs, owed, givesWay() ? tookMs * BESIDE_OTHERS.restOverWork : 0), signal)
      if (maxReplicationLagMs !== undefined) await awaitReplicas(maxReplicationLagMs, signal)
    },
  }
}

export function superseded(): CommandRefused {
  return new CommandRefused('purge_superseded', 'the purge took too long over something and another one may have begun: this one has stopped')
}
