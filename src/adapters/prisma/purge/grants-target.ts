import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { createExpiredRowsTarget } from './expired-rows-target.js'

/** Rows of grants that no living refresh token belongs to. */
export function createGrantsTarget(session: DatabaseSession): PurgeTarget {
  return createExpiredRowsTarget(session, 'grants', { table: 'JETON_GRANT', key: 'GRANT_ID' })
}
