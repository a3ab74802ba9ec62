import { CommandRefused } from '../errors/operational-errors.js'
import type { ChangeHeads } from '../stores/change-heads.js'
import type { KeptRow, KeptRows, RestoreVerdict } from '../stores/kept-rows.js'
import { wouldLive } from './restore-rules.js'

export interface RestoreNeeds {
  readonly kept: Pick<KeptRows, 'putBack'>
  readonly heads: Pick<ChangeHeads, 'read'>
  readonly signal: AbortSignal
}

export type RestoreOutcome = Readonly<Partial<Record<RestoreVerdict | 'still_valid', number>>>

/** Rows of one transaction. */
const PORTION = 200

/**
 * Puts rows back that a purge has deleted, unless one of them would be accepted again or is in somebody's way.
 * `portions`: rows in the order in which they went, those of a token before what belongs to it.
 * @throws CommandRefused `stopped` @throws StoreUnavailable; what was put back by then stays
 */
export async function restoreRows(
  portions: AsyncIterable<readonly KeptRow[]>,
  { kept, heads, signal }: RestoreNeeds,
  options: { readonly dryRun: boolean },
): Promise<RestoreOutcome> {
  const outcome: Partial<Record<RestoreVerdict | 'still_valid', number>> = {}
  const note = (verdict: RestoreVerdict | 'still_valid', count = 1): void => {
    outcome[verdict] = (outcome[verdict] ?? 0) + count
  }
  for await (const rows of portions) {
    if (signal.aborted) throw new CommandRefused('stopped', 'stopped before the end; to go on, begin again: what is there already is passed over')
    const { databaseTimeMs } = await heads.read()
    const dead = rows.filter((row) => !wouldLive(row, databaseTimeMs))
    if (dead.length < rows.length) note('still_valid', rows.length - dead.length)
    for (const some of runsOfTable(dead)) {
      for (const verdict of await kept.putBack(some[0].table, some, options)) note(verdict)
    }
  }
  return outcome
}

type SomeRows = [KeptRow, ...KeptRow[]]

/** Neighbours of one table, no more than a portion: what belongs to a row stays behind it. */
function runsOfTable(rows: readonly KeptRow[]): readonly SomeRows[] {
  const runs: SomeRows[] = []
  for (const row of rows) {
    const last = runs.at(-1)
    if (last !== undefined && last[0].table === row.table && last.length < PORTION) last.push(row)
    else runs.push([row])
  }
  return runs
}
