import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { AUDIT_TABLE } from '../partitions/partitioned-tables.js'
import { createExpiredRowsTarget } from './expired-rows-target.js'

/** Audited tokens whose own retention is over. Rows that are not Jeton's have no PURGE_AFTER and stay. `from`: the table, or a part of it. */
export function createTokenAuditTarget(session: DatabaseSession, from: string = AUDIT_TABLE.name): PurgeTarget {
  return createExpiredRowsTarget(session, 'audit', { table: from, key: AUDIT_TABLE.key })
}
