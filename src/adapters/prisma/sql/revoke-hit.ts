import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from './dialect.js'

/** As Dialect.revokeHit, where an update names one table. */
export function revokeHit({ newStateId }: Pick<Dialect, 'newStateId'>, on: Prisma.Sql, hit: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'REVOKED', TOKEN_STATE_ID = ${newStateId}
    WHERE TOKEN_ID IN (SELECT T.TOKEN_ID FROM JETON_REVOCATION R JOIN IDN_OAUTH2_ACCESS_TOKEN T ON ${on} WHERE ${hit})`
}
