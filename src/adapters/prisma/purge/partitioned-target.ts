import { addRows, type BatchRequest, type PurgedBatch, type PurgeTarget, type RowsByReason } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import type { Partition } from '../partitions/layout.js'
import type { FoundLayout, PartitionDropper } from '../partitions/partition-dropper.js'
import { expired, purgeBatch } from './purge-batch.js'

export interface PartitionedRows {
  /** The purge row by row, of the table or of one partition: what stands in a FROM. */
  readonly byRow: (from?: string) => PurgeTarget
  /** What has to be done before a partition may go; absent: nothing. */
  readonly prepare?: Preparation
}

/** Rows of a partition behind `after`, by the key of the table. */
export interface Stretch {
  /** The partition, for a FROM, and where it ends. */
  readonly from: string
  readonly to: number
  readonly after: number
  readonly limit: number
}

export interface Preparation {
  /** How long after the last of its rows may go a partition is left alone, in seconds: before, some of them are certain to be too young. */
  readonly margin: number
  /** How many rows are prepared in one transaction. None of them goes with it, so it is not for the run to say. */
  readonly size: number
  /** Prepares the next rows. Fewer than the limit: those were the last. `last`: the key of the last one. */
  stretch(transaction: Runner, stretch: Stretch): Promise<{ readonly rows: number; readonly last: number }>
  /** Statements that find rows which are not prepared, or may not go yet. */
  unless(database: Runner, prepared: { readonly from: string; readonly last: number; readonly now: number }): Promise<readonly string[]>
}

/** Where the table lies in partitions those whose time has passed go as a whole, and row by row goes only what is in none. */
export function createPartitionedTarget(session: DatabaseSession, dropper: PartitionDropper | undefined, rows: PartitionedRows): PurgeTarget {
  const plain = rows.byRow()
  if (dropper === undefined) return plain
  const { lag } = plain
  return {
    ...plain,
    async count(request) {
      const found = await dropper.read()
      if (found === undefined) return plain.count(request)
      let counts: RowsByReason = {}
      for (const name of [...passed(found, rows.prepare).map((partition) => partition.name), found.layout.rest])
        counts = addRows(counts, await rows.byRow(dropper.from(name)).count(request))
      return counts
    },
    ...(lag && {
      lag: async (request) => {
        const found = await dropper.read()
        if (found === undefined) return lag(request)
        const [oldest] = passed(found, rows.prepare)
        const ofRest = await rows.byRow(dropper.from(found.layout.rest)).lag?.(request)
        return Math.max(oldest === undefined ? 0 : found.now - oldest.to, ofRest ?? 0)
      },
    }),
    async deleteBatch(request) {
      // Who keeps rows has to be told of each of them in the transaction in which it goes.
      const found = request.keep === undefined ? await dropper.read() : undefined
      return found === undefined ? plain.deleteBatch(request) : dropOrDelete({ target: plain.name, session, dropper, rows, found }, request)
    },
  }
}

interface Purging {
  readonly target: string
  readonly session: DatabaseSession
  readonly dropper: PartitionDropper
  readonly rows: PartitionedRows
  readonly found: FoundLayout
}

const passed = ({ layout, now }: FoundLayout, prepare: Preparation | undefined): readonly Partition[] =>
  layout.regular.filter(({ to }) => to + (prepare?.margin ?? 0) <= now)

/** How far a run has come in a partition: up to which key its rows are prepared, and how many those are. */
interface Place {
  readonly to: number
  readonly last: number
  readonly rows: number
}

const REST = 'rest'
const format = ({ to, last, rows }: Place): string => `${to} ${last} ${rows}`

function parse(text: string | null): Place {
  const [to = 0, last = 0, rows = 0] = /^\d+ \d+ \d+$/.test(text ?? '') ? (text ?? '').split(' ').map(Number) : []
  return { to, last, rows }
}

async function dropOrDelete(purging: Purging, request: BatchRequest): Promise<PurgedBatch> {
  const { dropper, rows, found } = purging
  const place = parse(request.after)
  const next = request.after === REST ? undefined : passed(found, rows.prepare).find(({ to }) => to >= place.to)
  if (next !== undefined) return drop(purging, request, { partition: next, place: next.to === place.to ? place : { to: next.to, last: 0, rows: 0 } })
  const batch = await rows.byRow(dropper.from(found.layout.rest)).deleteBatch({ ...request, after: null })
  return batch.after === null ? batch : { ...batch, after: REST }
}

/** Prepares a stretch of the partition; and drops it once it is prepared from its first row to its last. */
async function drop(
  { target, session, dropper, rows: { byRow, prepare }, found }: Purging,
  request: BatchRequest,
  { partition, place }: { readonly partition: Partition; readonly place: Place },
): Promise<PurgedBatch> {
  const [from, { to }] = [dropper.from(partition.name), partition]
  let prepared = place
  let isReady = true
  const batch = await purgeBatch(session, target, request, async (transaction) => {
    const done = await prepare?.stretch(transaction, { from, to, after: place.last, limit: prepare.size })
    if (done !== undefined) prepared = { to, last: done.last, rows: place.rows + done.rows }
    isReady = done === undefined || prepare === undefined || done.rows < prepare.size
    return { deleted: {}, after: format(prepared) }
  })
  if (!isReady) return batch
  const unless = prepare === undefined ? [] : await session.run((database) => prepare.unless(database, { from, last: prepared.last, now: found.now }))
  const size = prepare === undefined ? await dropper.size(partition.name) : prepared.rows
  const { result, lockMs } = await dropper.drop({ name: partition.name, rest: found.layout.rest }, unless)
  switch (result) {
    case 'gone':
      return { deleted: expired(size), after: format(behind(partition)), lockMs: Math.max(lockMs, batch.lockMs) }
    case 'not now':
      // One that has to stay keeps nobody from what is left to do; it is looked at again in the next run.
      return { deleted: {}, after: REST, lockMs: Math.max(lockMs, batch.lockMs) }
    case 'forbidden': {
      const deleted = await byRow(from).deleteBatch({ ...request, after: null })
      return { ...deleted, after: format(deleted.after === null ? behind(partition) : prepared) }
    }
  }
}

const behind = ({ to }: Partition): Place => ({ to: to + 1, last: 0, rows: 0 })
