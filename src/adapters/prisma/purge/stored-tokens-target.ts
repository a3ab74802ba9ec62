import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { Prisma } from '../generated/sqlite/client.js'
import { createExpiredRowsTarget } from './expired-rows-target.js'

/** Stored tokens whose access and refresh token have expired; their scopes go with them. Rows that are not Jeton's have no PURGE_AFTER and stay. */
export function createStoredTokensTarget(session: DatabaseSession): PurgeTarget {
  return createExpiredRowsTarget(session, 'tokens', Prisma.sql`IDN_OAUTH2_ACCESS_TOKEN`)
}
