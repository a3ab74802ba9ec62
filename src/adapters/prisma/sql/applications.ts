import type { TokenType } from '../../../model/client.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { SqlInteger } from '../sql-integer.js'

export interface ClientOfApplication {
  readonly APPLICATION_ID: SqlInteger
  readonly CONSUMER_KEY: string | null
}

/** The applications that any of these clients is a key of, each with all of its clients. */
export function clientsOfApplications(clientIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    SELECT O.APPLICATION_ID, O.CONSUMER_KEY FROM AM_APPLICATION_KEY_MAPPING K
    JOIN AM_APPLICATION_KEY_MAPPING O ON O.APPLICATION_ID = K.APPLICATION_ID WHERE K.CONSUMER_KEY IN (${Prisma.join(clientIds)})`
}

/** Answers with the rows that had the other kind: one that says none is JWT. */
export function moveClientRows(tokenType: TokenType, clientIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    UPDATE IDN_OAUTH_CONSUMER_APPS SET JETON_TOKEN_TYPE = ${tokenType}
    WHERE CONSUMER_KEY IN (${Prisma.join(clientIds)}) AND COALESCE(JETON_TOKEN_TYPE, 'JWT') <> ${tokenType}`
}

export function moveApplicationRows(tokenType: TokenType, rows: readonly number[]): Prisma.Sql {
  return Prisma.sql`
    UPDATE AM_APPLICATION SET TOKEN_TYPE = ${tokenType}, UPDATED_TIME = CURRENT_TIMESTAMP WHERE APPLICATION_ID IN (${Prisma.join(rows)})`
}

export function markApplicationUpdated(row: number): Prisma.Sql {
  return Prisma.sql`UPDATE AM_APPLICATION SET UPDATED_TIME = CURRENT_TIMESTAMP WHERE APPLICATION_ID = ${row}`
}
