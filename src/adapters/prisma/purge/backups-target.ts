import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { createExpiredRowsTarget } from './expired-rows-target.js'

/** Rows that were kept when a purge deleted them, once nobody can want them back. They are not kept once more. */
export function createBackupsTarget(session: DatabaseSession): PurgeTarget {
  const target = createExpiredRowsTarget(session, 'backups', { table: 'JETON_PURGE_BACKUP', key: 'RUN_ID' })
  return { ...target, deleteBatch: ({ keep, ...request }) => target.deleteBatch(request) }
}
