import { StoreUnavailable } from '../../errors/operational-errors.js'
import { type DatabaseMoment, type GrantRow, judgeRefresh } from '../../model/grant.js'
import type { GrantId } from '../../model/ids.js'
import type { AdvanceOutcome, GrantAdvance } from '../../stores/grant-store.js'
import type { Runner } from './database-session.js'
import { firstRow } from './first-row.js'
import { countGraceUse } from './sql/count-grace-use.js'
import { findGrant, type GrantRecord, toGrantRow } from './sql/find-grant.js'
import { instant, type SqlInteger } from './sql-integer.js'

/** A lost race is judged anew; whoever wins one changes the row, so a handful is more than two requests can need. */
const ATTEMPTS = 5

/** Takes the step, or says why not. One statement where the presented token is the current one. */
export async function takeGrantStep(database: Runner, step: GrantAdvance): Promise<AdvanceOutcome> {
  return (await takeIfCurrent(database, step)) ?? settleGrantStep(database, step)
}

/** As takeGrantStep, for a step that has probably been taken before: looks first. */
export async function settleGrantStep(database: Runner, step: GrantAdvance): Promise<AdvanceOutcome> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { row, moment } = await readGrant(database, step.grantId)
    const standing = judgeRefresh(row, step.from, moment, step)
    if (standing !== 'current' && standing !== 'grace') return { standing }
    const outcome = standing === 'current' ? await takeIfCurrent(database, step) : await countIfInGrace(database, step)
    if (outcome !== undefined) return outcome
  }
  throw new StoreUnavailable('database', { cause: new Error('the row of a grant changed too often') })
}

async function takeIfCurrent(database: Runner, step: GrantAdvance): Promise<AdvanceOutcome | undefined> {
  const [advanced] = await database.changeAll<GrantRecord>(database.dialect.advanceGrants([step]))
  return advanced && { standing: 'current', row: toGrantRow(advanced) }
}

async function countIfInGrace(database: Runner, step: GrantAdvance): Promise<AdvanceOutcome | undefined> {
  const counted = await database.change<GrantRecord>(countGraceUse(database.dialect, step))
  return counted && { standing: 'grace', row: toGrantRow(counted) }
}

/** The row, and the moment at which it was read. */
export async function readGrant(database: Runner, id: GrantId): Promise<{ readonly row: GrantRow | undefined; readonly moment: DatabaseMoment }> {
  type Found = (GrantRecord | { readonly GRANT_ID: null }) & Record<'TIME_NOW' | 'OUTAGE_BEGAN' | 'OUTAGE_ENDED', SqlInteger>
  const found = firstRow(await database.rows<Found>(findGrant(database.dialect, id)))
  const outage = { began: instant(found.OUTAGE_BEGAN), ended: instant(found.OUTAGE_ENDED) }
  return { row: found.GRANT_ID === null ? undefined : toGrantRow(found), moment: { now: instant(found.TIME_NOW), outage } }
}
