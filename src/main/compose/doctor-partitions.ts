import type { Partitions, TableLayout } from '../../stores/partitions.js'
import type { DoctorCheck } from '../commands/operations.js'

const NAME = 'partitions'

/** So many are not moved into partitions of their own any more (see TableLayout). */
const MOST_UNPLACED = 10_000

/** Whether old rows of the log and of the audit can go by whole partitions. Nothing is wrong with a table that has none. */
export async function checkPartitions(partitions: Partitions): Promise<DoctorCheck> {
  const layouts = await partitions.layouts()
  const faults = layouts.flatMap((layout) => faultOf(layout) ?? [])
  if (faults.length > 0) return { name: NAME, ok: false, message: faults.join('; '), remedy: 'run "jeton migrate --partitioned"' }
  const divided = layouts.filter(({ state }) => state === 'partitioned')
  if (divided.length === 0) return { name: NAME, ok: true, message: 'are not used: what is old is deleted row by row' }
  return { name: NAME, ok: true, message: divided.map(({ table, partitions: count }) => `${table} has ${count}`).join(', ') }
}

function faultOf({ table, state, unplaced }: TableLayout): string | undefined {
  if (state === 'moving') return `the move of ${table} has begun and has not come to its end`
  return unplaced < MOST_UNPLACED ? undefined : `${table} has ${MOST_UNPLACED} rows or more without a partition of their own`
}
