import type { Clock, Seconds } from '../model/time.js'
import type { Lease } from '../stores/lease-store.js'
import type { PurgeReport, PurgeRuns } from '../stores/purge-runs.js'
import { addRows, type BatchRequest, type PurgedBatch, type PurgeTarget, type RowsByReason, totalOf } from '../stores/purge-target.js'
import { createBatchSize } from './batch-size.js'
import { type BegunBatch, beginBatch } from './begin-batch.js'
import type { Pace } from './purge-pace.js'

export interface PurgeLimits {
  /** Most rows that go in one transaction. */
  readonly batch: number
  /** How long past its end a row is left alone that does not say itself from when it may go. */
  readonly safePeriod: Seconds
}

/** After each batch of a target. */
export interface PurgeProgress {
  readonly target: string
  /** Of this run so far. */
  readonly deleted: number
  readonly batch: PurgedBatch
  /** How many rows the batch might have taken. */
  readonly limit: number
  readonly seconds: number
}

export interface PurgeOptions extends PurgeLimits {
  readonly lease: Lease
  /** Stops the purge after the batch that is under way. */
  readonly signal: AbortSignal
  /** Asked before each batch. */
  readonly hasTime: () => boolean
  readonly clock: Clock
  /** Where the last run stopped, and what this one has done. */
  readonly runs: Pick<PurgeRuns, 'place' | 'record'>
  readonly pace: Pace
  readonly keep?: BatchRequest['keep']
  readonly keepInTable?: string
  readonly progress?: (progress: PurgeProgress) => void
}

export interface PurgeOutcome {
  /** false: stopped before the end, by the signal or for want of time. */
  readonly finished: boolean
  readonly targets: readonly PurgeReport[]
}

/**
 * Deletes what may go, target by target, in batches until the end is reached; each begins where the last run had to stop.
 * @throws StoreUnavailable, CommandRefused; what is deleted by then stays deleted.
 */
export async function runPurge(targets: readonly PurgeTarget[], options: PurgeOptions): Promise<PurgeOutcome> {
  const reports: PurgeReport[] = []
  let finished = true
  for (const target of targets) {
    const { report, isAtEnd } = await purgeTarget(target, options)
    if (report.batches > 0) await options.runs.record(report)
    reports.push(report)
    finished &&= isAtEnd
  }
  return { finished, targets: reports }
}

export interface PurgeCount {
  readonly target: string
  readonly purgeable: RowsByReason
}

/** How much of each target could go now. @throws StoreUnavailable */
export async function countPurge(targets: readonly PurgeTarget[], safePeriod: Seconds): Promise<readonly PurgeCount[]> {
  const counts = []
  for (const target of targets) counts.push({ target: target.name, purgeable: await target.count({ safePeriod }) })
  return counts
}

const MOST_UNDER_WAY = 3

interface TargetOutcome {
  readonly report: PurgeReport
  readonly isAtEnd: boolean
}

async function purgeTarget(target: PurgeTarget, options: PurgeOptions): Promise<TargetOutcome> {
  const { signal, hasTime, clock, runs, pace, progress } = options
  const startedMs = clock.nowMs()
  const seconds = (): number => (clock.nowMs() - startedMs) / 1000
  const size = createBatchSize(options.batch)
  let [byReason, batches]: [RowsByReason, number] = [{}, 0]
  const place = await runs.place(target.name)
  // Who goes on where another one stopped looks at what is before it, too: time has passed.
  const passes: (string | null)[] = place === null ? [null] : [place, null]
  async function tell(batch: PurgedBatch, { limit, begunMs }: { readonly limit: number; readonly begunMs: number }): Promise<void> {
    const rows = totalOf(batch.deleted)
    size.learn(batch.judged ?? rows, batch.lockMs, pace.lockTimeMs())
    byReason = addRows(byReason, batch.deleted)
    batches += 1
    progress?.({ target: target.name, deleted: totalOf(byReason), batch, limit, seconds: seconds() })
    if (batch.after !== null || passes.length > 0) await pace.rest({ rows, tookMs: clock.nowMs() - begunMs }, signal)
  }
  /** In their order. */
  const begun: BegunBatch[] = []
  let after = passes.shift()
  try {
    while (after !== undefined) {
      // Of three that are under way the first is done, and of the last two the first has deleted its rows, before another begins.
      if (begun.length === MOST_UNDER_WAY) await begun.shift()?.done
      await begun.at(-2)?.deleted
      if (signal.aborted || !hasTime()) break
      const [limit, begunMs] = [size.next(), clock.nowMs()]
      const request = { ...requestOf(options, limit, after), ...begun.at(-1)?.pending() }
      const batch = beginBatch(target, request, { overlaps: pace.overlaps(), tell: (purged) => tell(purged, { limit, begunMs }) })
      begun.push(batch)
      after = (await batch.end) ?? passes.shift()
    }
    for (const { done } of begun) await done
  } finally {
    await Promise.allSettled(begun.map(({ done }) => done))
  }
  const deleted = totalOf(byReason)
  const isAtEnd = after === undefined
  const remaining = await countRest(target, options, isAtEnd)
  return { report: { target: target.name, deleted, byReason, batches, seconds: seconds(), remaining }, isAtEnd }
}
function requestOf({ safePeriod, lease, keep, keepInTable }: PurgeOptions, limit: number, after: string | null): BatchRequest {
  return { limit, after, safePeriod, lease, ...(keep && { keep }), ...(keepInTable !== undefined && { keepInTable }) }
}

/** By an index where there is one. Else it is not worth another walk through the table: nothing is left at the end, and before it nobody knows. */
async function countRest(target: PurgeTarget, { safePeriod }: PurgeOptions, isAtEnd: boolean): Promise<number | null> {
  if (target.onRequestOnly) return isAtEnd ? 0 : null
  return totalOf(await target.count({ safePeriod }))
}
