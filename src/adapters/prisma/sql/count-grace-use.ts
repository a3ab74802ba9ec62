import type { GrantAdvance } from '../../../stores/grant-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect, RowChange } from './dialect.js'
import { GRANT_COLUMNS, whereGrantIs } from './find-grant.js'

/** Counts one use of the predecessor, unless the limit is reached, the grace (see judgeRefresh) is over or the row has changed. */
export function countGraceUse({ now, integer }: Dialect, step: GrantAdvance): RowChange {
  const grace = integer(BigInt(step.grace))
  const head = (column: Prisma.Sql) => Prisma.sql`(SELECT ${column} FROM JETON_HEAD WHERE ID = 1)`
  return {
    write: Prisma.sql`
      UPDATE JETON_GRANT SET GRACE_USES = GRACE_USES + 1
      WHERE GRANT_ID = ${step.grantId} AND GENERATION = ${BigInt(step.from + 1)} AND REVOKED_AT IS NULL
        AND GRACE_USES < ${BigInt(step.graceReuse)}
        AND (${now} <= ROTATED_AT + ${grace}
          OR (ROTATED_AT + ${grace} >= ${head(Prisma.sql`OUTAGE_BEGAN`)} AND ${now} <= ${head(Prisma.sql`OUTAGE_ENDED`)} + ${grace}))`,
    columns: GRANT_COLUMNS,
    row: whereGrantIs(step.grantId),
  }
}
