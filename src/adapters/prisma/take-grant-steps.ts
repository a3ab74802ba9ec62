import type { GrantRow } from '../../model/grant.js'
import type { GrantId } from '../../model/ids.js'
import type { GrantAdvance } from '../../stores/grant-store.js'
import { isRefusedStatement } from './database-errors.js'
import type { Runner } from './database-session.js'
import { type GrantRecord, toGrantRow } from './sql/find-grant.js'

/**
 * Takes the steps that can be taken, in one write, which takes its locks in the order of the ids: the writes of two nodes may
 * wait for each other, and never in a circle. Where one step makes the database refuse the write as a whole, none is taken.
 */
export async function takeGrantSteps(database: Runner, steps: readonly GrantAdvance[]): Promise<readonly (GrantRow | undefined)[]> {
  const firsts = new Map<GrantId, GrantAdvance>()
  for (const step of steps) if (!firsts.has(step.grantId)) firsts.set(step.grantId, step)
  const rows = await advance(database, [...firsts.values()].sort(byGrantId))
  return steps.map((step) => (firsts.get(step.grantId) === step ? rows.get(step.grantId) : undefined))
}

async function advance(database: Runner, steps: readonly GrantAdvance[]): Promise<ReadonlyMap<string, GrantRow>> {
  if (steps.length === 0) return new Map()
  try {
    const records = await database.changeAll<GrantRecord>(database.dialect.advanceGrants(steps))
    return new Map(records.map((record) => [record.GRANT_ID, toGrantRow(record)]))
  } catch (error) {
    if (isRefusedStatement(error)) return new Map()
    throw error
  }
}

function byGrantId({ grantId: one }: GrantAdvance, { grantId: other }: GrantAdvance): number {
  return one < other ? -1 : 1
}
