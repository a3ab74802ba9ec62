import type { CommandRefused } from '../../../errors/operational-errors.js'
import type { BatchRequest, PurgeTarget, RowsByReason } from '../../../stores/purge-target.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { firstRow } from '../first-row.js'
import { Prisma } from '../generated/sqlite/client.js'
import { orphanedEntries, type RegistryEntries } from '../sql/registry.js'
import type { SqlInteger } from '../sql-integer.js'
import { keepRows } from './keep-rows.js'
import { analyzing, purgeBatch } from './purge-batch.js'

/** How many entries one statement looks at: it may have to go through the whole table between entries and resources. */
const STRIDE = 50_000

/** Where WSO2 has no index for its foreign key the database goes through that table for each entry that goes: never many at once. */
const MOST_AT_ONCE = 25

/** Before the first id. */
const START = -1n

interface Orphans {
  readonly ids: readonly bigint[]
  /** The last id that was looked at. */
  readonly to: bigint
}

/** Properties or tags of resources that are gone, with the rows that tied them to these. */
export function createRegistryEntriesTarget(
  session: DatabaseSession,
  name: string,
  { unfit, ...entries }: RegistryEntries & { readonly unfit: CommandRefused | undefined },
): PurgeTarget {
  /** What was found and has not gone yet, for whoever goes on at that place; they are judged again before they go. */
  let found: (Orphans & { readonly place: string }) | undefined

  return {
    name,
    onRequestOnly: true,
    analyze: analyzing(session, entries.table),
    ...(unfit && { unfit }),
    async count() {
      if (unfit !== undefined) throw unfit
      let count = 0
      for (let next = await findOrphans(session, entries, START); next !== undefined; next = await findOrphans(session, entries, next.to)) {
        count += next.ids.length
      }
      return orphaned(count)
    },
    async deleteBatch(request) {
      if (unfit !== undefined) throw unfit
      const next = found?.place === request.after ? found : await findOrphans(session, entries, request.after ? BigInt(request.after) : START)
      found = undefined
      if (next === undefined) return purgeBatch(session, name, request, async () => ({ deleted: {}, after: null }))
      const going = next.ids.slice(0, Math.min(request.limit, MOST_AT_ONCE))
      const ids = next.ids.slice(going.length)
      const place = String(ids.length === 0 ? next.to : going.at(-1))
      const batch = await purgeBatch(session, name, request, async (transaction) => ({
        deleted: orphaned(await deleteEntries(transaction, entries, { ids: going, keep: request.keep })),
        after: place,
      }))
      if (ids.length > 0) found = { ids, to: next.to, place }
      return batch
    },
  }
}

/** Those of the next stride; undefined: there is none. */
async function findOrphans(session: DatabaseSession, entries: RegistryEntries, from: bigint): Promise<Orphans | undefined> {
  return session.run(async ({ dialect, rows }) => {
    const behind = Prisma.sql`SELECT REG_ID FROM ${Prisma.raw(entries.table)} WHERE REG_ID > ${dialect.integer(from)} ORDER BY REG_ID LIMIT ${BigInt(STRIDE)}`
    const stride = Prisma.sql`SELECT MAX(REG_ID) AS LAST_ID FROM (${behind}) STRIDE`
    const { LAST_ID: to } = firstRow(await rows<{ readonly LAST_ID: SqlInteger | null }>(stride))
    if (to === null) return undefined
    const isIn = (id: Prisma.Sql) => Prisma.sql`${id} > ${dialect.integer(from)} AND ${id} <= ${dialect.integer(BigInt(to))}`
    const orphans = Prisma.sql`SELECT E.REG_ID ${orphanedEntries(entries, isIn)} ORDER BY E.REG_ID`
    return { ids: (await rows<EntryKey>(orphans)).map(({ REG_ID }) => BigInt(REG_ID)), to: BigInt(to) }
  })
}

interface EntryKey {
  readonly REG_ID: SqlInteger
}

/** Those that are still orphans: nobody can tie a locked entry to a resource, where the schema has WSO2's foreign keys. */
async function deleteEntries(
  transaction: Runner,
  entries: RegistryEntries,
  { ids, keep }: { readonly ids: readonly bigint[]; readonly keep: BatchRequest['keep'] },
): Promise<number> {
  if (ids.length === 0) return 0
  const { dialect, rows, execute } = transaction
  const listed = (column: Prisma.Sql, list: readonly bigint[]) => Prisma.sql`${column} IN (${Prisma.join(list.map(dialect.integer))})`
  const lock = Prisma.sql`SELECT E.REG_ID ${orphanedEntries(entries, (id) => listed(id, ids))} ORDER BY E.REG_ID ${dialect.forUpdate}`
  const locked = (await rows<EntryKey>(lock)).map(({ REG_ID }) => BigInt(REG_ID))
  if (locked.length === 0) return 0
  const [own, between] = [listed(Prisma.sql`REG_ID`, locked), listed(Prisma.raw(entries.link), locked)]
  if (keep !== undefined) {
    await keepRows(transaction, keep, { table: entries.table, which: own })
    await keepRows(transaction, keep, { table: entries.links, which: between })
  }
  await execute(Prisma.sql`DELETE FROM ${Prisma.raw(entries.links)} WHERE ${between}`)
  return execute(Prisma.sql`DELETE FROM ${Prisma.raw(entries.table)} WHERE ${own}`)
}

const orphaned = (rows: number): RowsByReason => (rows === 0 ? {} : { orphaned: rows })
