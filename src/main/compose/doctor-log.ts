import type { RevocationLog } from '../../stores/revocation-log.js'
import type { DoctorCheck } from '../commands/operations.js'

const NEWEST = 10_000

/** Whether the newest part of the log of revocations is what was written into it. @throws StoreUnavailable */
export async function checkLog(log: Pick<RevocationLog, 'findBreak'>): Promise<DoctorCheck> {
  const at = await log.findBreak(NEWEST)
  if (at === undefined) return { name: 'revocation log', ok: true, message: `its newest ${NEWEST} entries are as they were written` }
  return {
    name: 'revocation log',
    ok: false,
    message: `the entry ${at} is not the one that was written behind the entry before: the table was changed, or put back and written on`,
    remedy: 'find out what became of it; "jeton revoke all" ends every token that it may have forgotten',
  }
}
