import { CommandRefused } from '../../errors/operational-errors.js'
import type { Lease } from '../../stores/lease-store.js'
import { addRows, type BatchRequest, type PurgedBatch, type PurgeTarget, type RowsByReason } from '../../stores/purge-target.js'
import { writeRows } from '../../stores/row-json.js'
import { answer, type MemoryState } from './memory-state.js'

export interface MemoryRows<Row> {
  readonly name: string
  readonly find: () => readonly Row[]
  readonly remove: (rows: readonly Row[]) => void
  /** `expired` for all where absent. */
  readonly reasonOf?: (row: Row) => string
}

export function createMemoryPurgeTarget<Row extends object>(state: MemoryState, rowsOf: MemoryRows<Row>): PurgeTarget {
  const { name, find, remove, reasonOf = () => 'expired' } = rowsOf
  const byReason = (rows: readonly Row[]) => rows.reduce<RowsByReason>((counts, row) => addRows(counts, { [reasonOf(row)]: 1 }), {})
  async function deleteBatch({ limit, lease, keep }: BatchRequest): Promise<PurgedBatch> {
    const rows = await answer(state, () => find().slice(0, limit))
    if (rows.length > 0) await keep?.([{ table: name, ...writeRows(rows.map((row) => Object.fromEntries(Object.entries(row)))) }])
    return answer(state, () => {
      if (lease !== undefined) demandLease(state, lease)
      remove(rows)
      const after = rows.length < limit ? null : ''
      if (lease !== undefined) state.purgePlaces.set(name, after)
      return { deleted: byReason(rows), after, lockMs: 0 }
    })
  }
  return { name, count: () => answer(state, () => byReason(find())), deleteBatch }
}

function demandLease({ leases, clock }: MemoryState, { name, fence }: Lease): void {
  const now = leases.get(name)
  if (now?.fence !== fence || now.expiresMs <= clock.nowMs())
    throw new CommandRefused('purge_superseded', 'another purge has begun: this one has stopped')
}
