import type { PurgeReport } from '../../../stores/purge-runs.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

export type PurgeRunRecord = { readonly TARGET: string } & Readonly<
  Record<'ENDED_AT' | 'DELETED' | 'BATCHES' | 'MILLISECONDS' | 'REMAINING', SqlInteger>
>

const COLUMNS = [Prisma.sql`ENDED_AT`, Prisma.sql`DELETED`, Prisma.sql`BATCHES`, Prisma.sql`MILLISECONDS`, Prisma.sql`REMAINING`]

export function recordPurgeRun({ now, onTaken, offered }: Dialect, { target, deleted, batches, seconds, remaining }: PurgeReport): Prisma.Sql {
  const figures = [deleted, batches, Math.round(seconds * 1000), remaining].map((figure) => Prisma.sql`${BigInt(figure)}`)
  const assignments = Prisma.join(COLUMNS.map((column) => Prisma.sql`${column} = ${offered(column)}`))
  return Prisma.sql`
    INSERT INTO JETON_PURGE_RUN (TARGET, ${Prisma.join(COLUMNS)}) VALUES (${target}, ${now}, ${Prisma.join(figures)})
    ${onTaken(Prisma.sql`TARGET`, assignments)}`
}

export function listPurgeRuns(): Prisma.Sql {
  return Prisma.sql`SELECT TARGET, ${Prisma.join(COLUMNS)} FROM JETON_PURGE_RUN ORDER BY TARGET`
}
