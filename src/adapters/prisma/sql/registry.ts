import type { PurgeMargin } from '../../../stores/purge-target.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { SqlInteger } from '../sql-integer.js'
import type { Dialect } from './dialect.js'

/** A line of the registry's log. */
export type LogKey = { readonly REG_LOG_ID: SqlInteger; readonly REG_TENANT_ID: SqlInteger }

export type LogLine = LogKey & {
  readonly REG_PATH: string | null
  /** 1 or 0: it says that the resource was deleted, so long ago that every index of the registry has followed. */
  readonly IS_GONE: SqlInteger
}

/** The registry's number for the deletion of a resource. */
const DELETED = 7n

/** The log's times are those of the server's own time zone: none is further from UTC than that. */
const MOST_OFFSET = 86_400n

/** The lines before a place, the newest first. */
export function logLines(
  { now, integer, toTimestamp }: Dialect,
  { safePeriod }: PurgeMargin,
  { before, limit }: { readonly before: LogKey | undefined; readonly limit: number },
): Prisma.Sql {
  const gone = Prisma.sql`REG_LOGGED_TIME < ${toTimestamp(Prisma.sql`${now} - ${integer(BigInt(safePeriod) + MOST_OFFSET)}`)}`
  const from = before === undefined ? Prisma.empty : Prisma.sql`WHERE ${isBefore(before, integer)}`
  return Prisma.sql`
    SELECT REG_LOG_ID, REG_TENANT_ID, REG_PATH, CASE WHEN REG_ACTION = ${DELETED} AND ${gone} THEN 1 ELSE 0 END AS IS_GONE FROM REG_LOG
    ${from} ORDER BY REG_LOG_ID DESC, REG_TENANT_ID DESC LIMIT ${BigInt(limit)}`
}

function isBefore({ REG_LOG_ID, REG_TENANT_ID }: LogKey, integer: Dialect['integer']): Prisma.Sql {
  const [id, tenant] = [integer(BigInt(REG_LOG_ID)), integer(BigInt(REG_TENANT_ID))]
  return Prisma.sql`REG_LOG_ID <= ${id} AND (REG_LOG_ID < ${id} OR REG_TENANT_ID < ${tenant})`
}

/** Properties or tags, which belong to resources by rows of a table between. */
export interface RegistryEntries {
  readonly table: 'REG_PROPERTY' | 'REG_TAG'
  readonly links: 'REG_RESOURCE_PROPERTY' | 'REG_RESOURCE_TAG'
  readonly link: 'REG_PROPERTY_ID' | 'REG_TAG_ID'
  /** Whether there is a table of the older versions of resources. */
  readonly hasHistory: boolean
}

/** Entries E of which no row says that they belong to a resource that is there, or to a version of one. `among` says which are looked at, by the name of their id. */
export function orphanedEntries({ table, links, link, hasHistory }: RegistryEntries, among: (id: Prisma.Sql) => Prisma.Sql): Prisma.Sql {
  const column = Prisma.raw(`L.${link}`)
  const inHistory = hasHistory ? Prisma.sql`OR L.REG_VERSION IN (SELECT H.REG_VERSION FROM REG_RESOURCE_HISTORY H)` : Prisma.empty
  return Prisma.sql`
    FROM ${Prisma.raw(table)} E WHERE ${among(Prisma.sql`E.REG_ID`)} AND E.REG_ID NOT IN (
      SELECT ${column} FROM ${Prisma.raw(links)} L WHERE ${among(column)} AND (
        L.REG_PATH_ID IN (SELECT R.REG_PATH_ID FROM REG_RESOURCE R)
        OR L.REG_VERSION IN (SELECT V.REG_VERSION FROM REG_RESOURCE V) ${inHistory}))`
}
