import type { GrantAdvance } from '../../../stores/grant-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import { GRANT_COLUMNS } from './find-grant.js'

/**
 * The step from generation `from` to the next, by the one that is first: it answers with the row after it, or with nothing.
 * Where there is no row the insertion is the compare-and-set of generation 0; a later generation inserts nothing.
 */
export function advanceGrant(step: GrantAdvance): Prisma.Sql {
  const next = BigInt(step.from + 1)
  const presented = BigInt(step.presentedExpiresAt)
  const keep = BigInt(step.keepAfterExpiry)
  const expiresAt = step.lifetime === undefined ? Prisma.sql`${presented}` : Prisma.sql`unixepoch() + ${BigInt(step.lifetime)}`
  return Prisma.sql`
    INSERT INTO JETON_GRANT (GRANT_ID, GENERATION, ROTATED_AT, GRACE_USES, EXPIRES_AT, REVOKED_AT, PURGE_AFTER)
    SELECT ${step.grantId}, ${next}, unixepoch(), 0, ${expiresAt}, NULL, MAX(${presented}, ${expiresAt}) + ${keep}
    WHERE ${BigInt(step.from)} = 0 OR EXISTS (SELECT 1 FROM JETON_GRANT WHERE GRANT_ID = ${step.grantId})
    ON CONFLICT (GRANT_ID) DO UPDATE SET
      GENERATION = excluded.GENERATION, ROTATED_AT = excluded.ROTATED_AT, GRACE_USES = 0, EXPIRES_AT = excluded.EXPIRES_AT,
      PURGE_AFTER = MAX(JETON_GRANT.PURGE_AFTER, excluded.PURGE_AFTER)
    WHERE JETON_GRANT.GENERATION = excluded.GENERATION - 1 AND JETON_GRANT.REVOKED_AT IS NULL
    RETURNING ${GRANT_COLUMNS}`
}

/** Counts one use of the predecessor, unless the limit is reached, the grace is over or the row has changed. */
export function countGraceUse(step: GrantAdvance): Prisma.Sql {
  return Prisma.sql`
    UPDATE JETON_GRANT SET GRACE_USES = GRACE_USES + 1
    WHERE GRANT_ID = ${step.grantId} AND GENERATION = ${BigInt(step.from + 1)} AND REVOKED_AT IS NULL
      AND GRACE_USES < ${BigInt(step.graceReuse)} AND unixepoch() <= ROTATED_AT + ${BigInt(step.grace)}
    RETURNING ${GRANT_COLUMNS}`
}
