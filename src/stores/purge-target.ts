import type { CommandRefused } from '../errors/operational-errors.js'
import type { Seconds } from '../model/time.js'
import type { Lease } from './lease-store.js'
import type { WrittenRows } from './row-json.js'

/** How many rows, by why they may go: `expired`, `revoked`, `inactive`, … */
export type RowsByReason = Readonly<Record<string, number>>

/** Rows as they were in their table, before they go: `readRow` reads each of the lines. */
export interface DoomedRows extends WrittenRows {
  readonly table: string
}

/** How long past its end a row is left alone. Rows that Jeton wrote say themselves from when they may go. */
export interface PurgeMargin {
  readonly safePeriod: Seconds
}

export interface BatchRequest extends PurgeMargin {
  /** Most rows of the target's main table that go in one transaction. */
  readonly limit: number
  /** Where the batch before ended; null: at the beginning. The target's own notation, at most 1000 characters. */
  readonly after: string | null
  /**
   * Whose run it is: nothing goes once the lease is lost, and where the batch ended stands in SQL with its commit, so that the next
   * run goes on there after a crash. Absent: a batch on its own.
   */
  readonly lease?: Lease
  /**
   * Told every row that goes, related rows too, inside the transaction; when it throws nothing has happened. It may be told of a row again
   * where the database has undone the transaction for the sake of another one.
   */
  readonly keep?: (rows: readonly DoomedRows[]) => Promise<void>
  /**
   * The batch before this one, until it is committed: nothing of this one is committed earlier, and nothing at all where that one fails.
   * Absent: there is none that is still under way.
   */
  readonly before?: Promise<unknown>
  /** Told where this batch ends, once, where that is certain before its commit: from then on the next one may be asked for. */
  readonly endsAt?: (after: string) => void
  /** The batch before this one, until it says that it has `deleted`: where rows may meet, none goes earlier. Absent as `before` is. */
  readonly turn?: Promise<unknown>
  /** Told, before the commit, that from here on this batch meets nobody who deletes what follows. */
  readonly deleted?: () => void
  /** The name of a run under which every row that goes is kept in the database's own table for that, in the same transaction. */
  readonly keepInTable?: string
}

export interface PurgedBatch {
  readonly deleted: RowsByReason
  /** Where to go on; null: the end is reached. */
  readonly after: string | null
  /** How long the transaction may have held locks, in milliseconds, by the database's clock. */
  readonly lockMs: number
  /** How many rows took that time, where it was more than those that went. */
  readonly judged?: number
}

/** Something that expires. */
export interface PurgeTarget {
  /** `tokens`, `revocations`, `grants`: the operator's word, or that of a part of what the operator means. */
  readonly name: string
  /** It reads more than it deletes, so an operator has to ask for it. */
  readonly onRequestOnly?: true
  /** Why it cannot be purged in this database: a table is not of the form that its rules know. Nothing of it is deleted then. */
  readonly unfit?: CommandRefused
  /** Exactly how many rows could go now, by reason; without one of which there are none. @throws StoreUnavailable */
  count(request: PurgeMargin): Promise<RowsByReason>
  /** Seconds since the oldest row that waits could have gone; 0: none waits. By an index, never a scan. @throws StoreUnavailable */
  lag?(request: PurgeMargin): Promise<number>
  /**
   * Deletes rows that can no longer change an answer, by the database's clock.
   * @throws CommandRefused `purge_superseded` when the lease is lost @throws StoreUnavailable
   */
  deleteBatch(request: BatchRequest): Promise<PurgedBatch>
  /** Has the database count its rows anew, so that it plans well after many have gone. @throws StoreUnavailable */
  analyze?(): Promise<void>
}

/** All of them together. */
export function totalOf(rows: RowsByReason): number {
  return Object.values(rows).reduce((total, count) => total + count, 0)
}

export function addRows(one: RowsByReason, other: RowsByReason): RowsByReason {
  const sum: Record<string, number> = { ...one }
  for (const [reason, count] of Object.entries(other)) sum[reason] = (sum[reason] ?? 0) + count
  return sum
}
