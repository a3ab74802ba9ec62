import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { createExpiredRowsTarget } from './expired-rows-target.js'

/** Audited tokens whose own retention is over. Rows that are not Jeton's have no PURGE_AFTER and stay. */
export function createTokenAuditTarget(session: DatabaseSession): PurgeTarget {
  return createExpiredRowsTarget(session, 'audit', Prisma.sql`IDN_OAUTH2_ACCESS_TOKEN_AUDIT`)
}
