import { purgeLeap } from '../../../model/grant.js'
import type { GrantAdvance } from '../../../stores/grant-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect, RowChange } from './dialect.js'
import { GRANT_COLUMNS } from './find-grant.js'

/**
 * Any number of steps in one statement, on engines that know ON CONFLICT … WHERE. Where there is no row the insertion is the
 * compare-and-set of generation 0; a later generation inserts nothing. The text is the same for any number of steps, and the
 * rows are locked in their order.
 */
export function upsertGrants({ now, greatest, stepRows }: UpsertDialect, steps: readonly GrantAdvance[]): readonly RowChange[] {
  const table = stepRows(JSON.stringify(steps.map(stepRow)))
  const expiresAt = Prisma.sql`COALESCE(${now} + STEP.LIFETIME, STEP.PRESENTED)`
  const needed = Prisma.sql`${greatest(Prisma.sql`STEP.PRESENTED`, expiresAt)} + STEP.KEPT`
  const write = Prisma.sql`
    INSERT INTO JETON_GRANT (GRANT_ID, GENERATION, ROTATED_AT, GRACE_USES, EXPIRES_AT, REVOKED_AT, PURGE_AFTER)
    SELECT STEP.ID, STEP.SPENT + 1, ${now}, 0, ${expiresAt}, NULL,
      CASE WHEN HELD.PURGE_AFTER >= ${needed} THEN HELD.PURGE_AFTER ELSE ${needed} + STEP.LEAP END
    FROM ${table} LEFT JOIN JETON_GRANT HELD ON HELD.GRANT_ID = STEP.ID
    WHERE STEP.SPENT = 0 OR HELD.GRANT_ID IS NOT NULL
    ORDER BY STEP.PLACE
    ON CONFLICT (GRANT_ID) DO UPDATE SET
      GENERATION = excluded.GENERATION, ROTATED_AT = excluded.ROTATED_AT, GRACE_USES = 0, EXPIRES_AT = excluded.EXPIRES_AT,
      PURGE_AFTER = ${greatest(Prisma.sql`JETON_GRANT.PURGE_AFTER`, Prisma.sql`excluded.PURGE_AFTER`)}
    WHERE JETON_GRANT.GENERATION = excluded.GENERATION - 1 AND JETON_GRANT.REVOKED_AT IS NULL`
  return [{ write, columns: GRANT_COLUMNS, row: Prisma.sql`FROM JETON_GRANT WHERE GRANT_ID IN (SELECT STEP.ID FROM ${table})` }]
}

type UpsertDialect = Pick<Dialect, 'now' | 'greatest'> & {
  /** The table STEP of the objects that `stepRow` makes, from their JSON. */
  readonly stepRows: (json: string) => Prisma.Sql
}

function stepRow({ grantId, from, presentedExpiresAt, lifetime, keepAfterExpiry }: GrantAdvance, place: number) {
  return { place, id: grantId, spent: from, presented: presentedExpiresAt, lifetime, kept: keepAfterExpiry, leap: purgeLeap(lifetime) }
}
