import type { Clock } from '../model/time.js'
import type { PurgeReport } from '../stores/purge-runs.js'
import type { PurgeTarget } from '../stores/purge-target.js'

export interface PurgeOptions {
  /** Most rows that one statement deletes. */
  readonly batch: number
  /** Stops the purge after the batch that is under way. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Waited for between batches, so that others get their turn. */
  readonly pause?: () => Promise<void>
  /** Told at the end of each target that it came to, for whoever asks when it was purged last. */
  readonly record: (report: PurgeReport) => Promise<void>
  /** Told after each batch how many rows of the target are gone. */
  readonly progress?: (target: string, deleted: number) => void
}

export interface PurgeOutcome {
  /** false: stopped by the signal. */
  readonly finished: boolean
  readonly targets: readonly PurgeReport[]
}

/** Deletes what has expired, target by target, in batches until one is not full. @throws StoreUnavailable; what is deleted by then stays deleted. */
export async function runPurge(targets: readonly PurgeTarget[], options: PurgeOptions): Promise<PurgeOutcome> {
  const reports: PurgeReport[] = []
  for (const target of targets) {
    const report = await purgeTarget(target, options)
    if (report.batches > 0) await options.record(report)
    reports.push(report)
  }
  return { finished: !options.signal.aborted, targets: reports }
}

/** How much of each target could go now. @throws StoreUnavailable */
export async function estimatePurge(targets: readonly PurgeTarget[]): Promise<readonly { readonly target: string; readonly purgeable: number }[]> {
  const estimates = []
  for (const target of targets) estimates.push({ target: target.name, purgeable: await target.estimate() })
  return estimates
}

async function purgeTarget(target: PurgeTarget, { batch, signal, clock, pause, progress }: PurgeOptions): Promise<PurgeReport> {
  const startedMs = clock.nowMs()
  let [deleted, batches] = [0, 0]
  for (let isFull = true; isFull && !signal.aborted; ) {
    const gone = await target.deleteBatch(batch)
    deleted += gone
    batches += 1
    isFull = gone >= batch
    progress?.(target.name, deleted)
    if (isFull) await pause?.()
  }
  const remaining = await target.estimate()
  return { target: target.name, deleted, batches, seconds: (clock.nowMs() - startedMs) / 1000, remaining }
}
