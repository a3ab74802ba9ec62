import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from './dialect.js'

/** Where the next run goes on. */
export function writePlace({ now, onTaken, offered }: Dialect, target: string, place: string): Prisma.Sql {
  const assignments = Prisma.join([Prisma.sql`PLACE`, Prisma.sql`WRITTEN_AT`].map((column) => Prisma.sql`${column} = ${offered(column)}`))
  return Prisma.sql`
    INSERT INTO JETON_PURGE_PLACE (TARGET, PLACE, WRITTEN_AT) VALUES (${target}, ${place}, ${now}) ${onTaken(Prisma.sql`TARGET`, assignments)}`
}

export function readPlace(target: string): Prisma.Sql {
  return Prisma.sql`SELECT PLACE FROM JETON_PURGE_PLACE WHERE TARGET = ${target}`
}

export function forgetPlace(target: string): Prisma.Sql {
  return Prisma.sql`DELETE FROM JETON_PURGE_PLACE WHERE TARGET = ${target}`
}
