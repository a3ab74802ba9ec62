import type { GrantRow } from '../../../model/grant.js'
import { type GrantId, grantId } from '../../../model/ids.js'
import { Prisma } from '../generated/sqlite/client.js'
import { instant, integer, optionalInstant, type SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

export interface GrantRecord {
  readonly GRANT_ID: string
  readonly GENERATION: SqlInteger
  readonly ROTATED_AT: SqlInteger
  readonly GRACE_USES: SqlInteger
  readonly EXPIRES_AT: SqlInteger
  readonly REVOKED_AT: SqlInteger | null
  readonly PURGE_AFTER: SqlInteger
}

export const GRANT_COLUMNS: Prisma.Sql = Prisma.sql`GRANT_ID, GENERATION, ROTATED_AT, GRACE_USES, EXPIRES_AT, REVOKED_AT, PURGE_AFTER`

/** Where the row of a grant is, as `FROM … WHERE …`. */
export function whereGrantIs(id: GrantId): Prisma.Sql {
  return Prisma.sql`FROM JETON_GRANT WHERE GRANT_ID = ${id}`
}

/** Always one row: the grant's where there is one, the time, and when the database was last away. */
export function findGrant({ now }: Dialect, id: GrantId): Prisma.Sql {
  return Prisma.sql`
    SELECT ${now} AS TIME_NOW, OUTAGE_BEGAN, OUTAGE_ENDED, ${GRANT_COLUMNS}
    FROM JETON_HEAD LEFT JOIN JETON_GRANT ON GRANT_ID = ${id} WHERE JETON_HEAD.ID = 1`
}

export function toGrantRow(record: GrantRecord): GrantRow {
  return {
    grantId: grantId(record.GRANT_ID),
    generation: integer(record.GENERATION),
    rotatedAt: instant(record.ROTATED_AT),
    graceUses: integer(record.GRACE_USES),
    expiresAt: instant(record.EXPIRES_AT),
    revokedAt: optionalInstant(record.REVOKED_AT),
    purgeAfter: instant(record.PURGE_AFTER),
  }
}
