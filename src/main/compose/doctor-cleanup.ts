import type { Settings } from '../../config/settings.js'
import type { StoreStatus } from '../../stores/store-status.js'
import type { DoctorCheck } from '../commands/operations.js'

/** Rows that are looked at: more are only called many. */
const MOST_COUNTED = 100_000

/** With clean-up on nothing dead stays in the table, except from a time when it was off. */
export async function checkDeadTokens({ cleanup }: Pick<Settings, 'cleanup'>, status: Pick<StoreStatus, 'deadTokens'>): Promise<DoctorCheck> {
  const name = 'token clean-up'
  if (cleanup.kind === 'off') return { name, ok: true, message: 'is off: dead tokens stay in their table until they have expired' }
  const dead = await status.deadTokens(MOST_COUNTED)
  if (dead === 0) return { name, ok: true, message: 'has left no dead token in the table' }
  const count = dead >= MOST_COUNTED ? `${MOST_COUNTED} or more` : String(dead)
  const message = `dead tokens that are still in the table: ${count}`
  // They are all that is known of their refresh tokens, and go when those have expired.
  if (cleanup.kind === 'delete')
    return { name, ok: true, message: `${message}; they go when their refresh tokens have expired, since no audit is kept` }
  return {
    name,
    ok: false,
    message: `${message}; they are from a time without clean-up`,
    remedy: 'run "jeton purge tokens" once, when there is little to do',
  }
}
