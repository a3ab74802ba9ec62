import { RUN_LEASE, superseded } from '../../../purge/purge-pace.js'
import type { Lease } from '../../../stores/lease-store.js'
import type { BatchRequest, PurgedBatch, RowsByReason } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { renewLease } from '../sql/leases.js'
import { forgetPlace, writePlace } from '../sql/purge-places.js'
import { integer, type SqlInteger } from '../sql-integer.js'

/** From the beginning again: the rows that went are not met any more. */
export const ONCE_MORE = ''

/** What belongs to a request within this adapter. */
export interface InTransaction {
  /** Told the transaction of the batch before it does anything in it. */
  readonly begin: (transaction: Runner) => void
}

/** What a transaction has done, and when it began to lock something, by the database's clock in milliseconds. */
export interface TimedWork extends Omit<PurgedBatch, 'lockMs'> {
  readonly beganMs: number
}

/** A batch that locks from its beginning on. */
export function purgeBatch(
  session: DatabaseSession,
  target: string,
  request: BatchRequest & Partial<InTransaction>,
  work: (transaction: Runner) => Promise<Omit<TimedWork, 'beganMs'>>,
): Promise<PurgedBatch> {
  return purgeTimed(session, target, request, async (transaction) => ({ beganMs: await databaseMs(transaction), ...(await work(transaction)) }))
}

/**
 * One batch in one transaction, which is done again where it loses against another one. Of a run that has lost its lease nothing
 * is committed: the lease is renewed in the same transaction, so that nobody else can get it before the end of it. Where the batch before is
 * still under way that comes last, since that one holds the lease until its commit.
 */
export function purgeTimed(
  session: DatabaseSession,
  target: string,
  { lease, before, begin }: BatchRequest & Partial<InTransaction>,
  work: (transaction: Runner) => Promise<TimedWork>,
): Promise<PurgedBatch> {
  return session.transaction(async (transaction) => {
    begin?.(transaction)
    if (lease !== undefined && before === undefined) await holdLease(transaction, lease)
    const { beganMs, ...done } = await work(transaction)
    await before
    if (lease !== undefined && before !== undefined) await holdLease(transaction, lease)
    if (lease !== undefined) {
      const { dialect } = transaction
      await transaction.execute(done.after === null ? forgetPlace(target) : writePlace(dialect, target, done.after))
    }
    return { ...done, lockMs: (await databaseMs(transaction)) - beganMs }
  })
}

async function holdLease({ dialect, execute }: Runner, lease: Lease): Promise<void> {
  const held = await execute(renewLease(dialect, lease, RUN_LEASE))
  if (held === 0) throw superseded()
}

export async function databaseMs({ dialect, rows }: Runner): Promise<number> {
  return integer(firstRow(await rows<{ readonly NOW_MS: SqlInteger }>(Prisma.sql`SELECT ${dialect.nowMs} AS NOW_MS`)).NOW_MS)
}

/** What `analyze` of a target is, for its main table. */
export function analyzing(session: DatabaseSession, table: string): () => Promise<void> {
  return () => session.run(async ({ dialect, rows }) => void (await rows(dialect.analyze(Prisma.raw(table)))))
}

/** Of the answer to a statement that groups by REASON. */
export interface ReasonCount {
  readonly REASON: string
  readonly FOUND: SqlInteger
}

export function byReason(counts: readonly ReasonCount[]): RowsByReason {
  return Object.fromEntries(counts.map(({ REASON, FOUND }) => [REASON, integer(FOUND)]))
}

export function tally(reasons: readonly string[]): RowsByReason {
  const counts: Record<string, number> = {}
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

/** One reason for all. */
export function expired(rows: number): RowsByReason {
  return rows === 0 ? {} : { expired: rows }
}
