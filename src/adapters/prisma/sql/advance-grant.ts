import { purgeLeap } from '../../../model/grant.js'
import type { GrantAdvance } from '../../../stores/grant-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect, RowChange } from './dialect.js'
import { GRANT_COLUMNS } from './find-grant.js'

/** The step from generation `from` to the next, by the one that is first: it answers with the row after it, or with nothing. */
export function advanceGrant(dialect: Dialect, step: GrantAdvance): RowChange {
  const presented = dialect.integer(BigInt(step.presentedExpiresAt))
  const expiresAt = step.lifetime === undefined ? presented : Prisma.sql`${dialect.now} + ${dialect.integer(BigInt(step.lifetime))}`
  const purgeAfter = Prisma.sql`${dialect.greatest(presented, expiresAt)} + ${dialect.integer(BigInt(step.keepAfterExpiry))}`
  const leap = dialect.integer(BigInt(purgeLeap(step.lifetime)))
  return { ...dialect.advanceGrant({ id: step.grantId, from: BigInt(step.from), expiresAt, purgeAfter, leap }), ...grantRow(step) }
}

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
    ...grantRow(step),
  }
}

function grantRow({ grantId }: GrantAdvance): Pick<RowChange, 'columns' | 'row'> {
  return { columns: GRANT_COLUMNS, row: Prisma.sql`FROM JETON_GRANT WHERE GRANT_ID = ${grantId}` }
}
