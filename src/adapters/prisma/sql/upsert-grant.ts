import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect, GrantStep } from './dialect.js'

/**
 * One statement on engines that know ON CONFLICT … WHERE. Where there is no row the insertion is the compare-and-set of
 * generation 0; a later generation inserts nothing.
 */
export function upsertGrant({ now, integer }: Pick<Dialect, 'now' | 'integer'>, step: GrantStep): Prisma.Sql {
  const isThere = Prisma.sql`EXISTS (SELECT 1 FROM JETON_GRANT WHERE GRANT_ID = ${step.id})`
  return Prisma.sql`
    INSERT INTO JETON_GRANT (GRANT_ID, GENERATION, ROTATED_AT, GRACE_USES, EXPIRES_AT, REVOKED_AT, PURGE_AFTER)
    SELECT ${step.id}, ${integer(step.from + 1n)}, ${now}, 0, ${step.expiresAt}, NULL, ${step.purgeAfter} + ${step.leap}
    WHERE ${integer(step.from)} = 0 OR ${isThere}
    ON CONFLICT (GRANT_ID) DO UPDATE SET
      GENERATION = excluded.GENERATION, ROTATED_AT = excluded.ROTATED_AT, GRACE_USES = 0, EXPIRES_AT = excluded.EXPIRES_AT,
      PURGE_AFTER = CASE WHEN JETON_GRANT.PURGE_AFTER >= ${step.purgeAfter} THEN JETON_GRANT.PURGE_AFTER ELSE excluded.PURGE_AFTER END
    WHERE JETON_GRANT.GENERATION = excluded.GENERATION - 1 AND JETON_GRANT.REVOKED_AT IS NULL`
}
