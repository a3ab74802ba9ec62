import { Prisma } from '../generated/sqlite/client.js'

/** Rows of values, each in brackets. */
export function bracketed(rows: readonly (readonly (string | Prisma.Sql)[])[]): Prisma.Sql {
  return Prisma.join(rows.map((values) => Prisma.sql`(${Prisma.join([...values])})`))
}
