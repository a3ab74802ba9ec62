import type { Seconds } from '../../../model/time.js'
import type { TokenCleanup } from '../../../stores/stored-token-store.js'
import { type Layout, type Reader, readLayout } from './layout.js'
import type { PartitionDialect, Site } from './partition-dialect.js'
import { LOG_TABLE, type PartitionedTable } from './partitioned-tables.js'
import { patiently } from './patiently.js'
import { planRanges, type Range } from './plan-partitions.js'

export interface PartitionSettings {
  /** How much time a partition covers at least. */
  readonly span: Seconds
  /** How long revocation entries stay after the last token that they match. */
  readonly keepAfterExpiry: Seconds
  readonly cleanup: TokenCleanup
}

/** So many rows are moved at once into the partition that they should have had: quickly enough for nobody to notice. */
export const MOST_UNPLACED = 10_000

/** Makes the partitions that will be needed soon. @returns how many */
export async function tendTable(site: Site, dialect: PartitionDialect, settings: PartitionSettings): Promise<number> {
  const layout = await readLayout(site.connection, site.table.name)
  if (layout === undefined) return 0
  const ranges = await planFor(site.connection, { table: site.table, settings, last: layout.regular.at(-1)?.to })
  if (ranges.length === 0 || (await countUnplaced(site.connection, dialect, { table: site.table, layout })) >= MOST_UNPLACED) return 0
  for (const range of ranges) await patiently(site.connection, dialect, () => dialect.add(site, layout, range))
  return ranges.length
}

export interface Planned {
  readonly table: PartitionedTable
  readonly settings: PartitionSettings
  readonly last: number | undefined
}

/** As far ahead as rows are written that go by time, by the clock of the database. */
export async function planFor({ engine, rows }: Reader, { table, settings, last }: Planned): Promise<readonly Range[]> {
  const { span, keepAfterExpiry, cleanup } = settings
  const now = engine === 'postgresql' ? 'FLOOR(EXTRACT(EPOCH FROM clock_timestamp()))' : 'UNIX_TIMESTAMP()'
  const [head] = await rows(`SELECT ${now} AS time_now, GREATEST(LONGEST_ACCESS, LONGEST_REFRESH) AS longest FROM JETON_HEAD WHERE ID = 1`)
  const ofLog = Number(head?.longest ?? 0) + keepAfterExpiry
  const ofAudit = cleanup.kind === 'audit' ? cleanup.retention : 0
  return planRanges({ now: Number(head?.time_now), span, reach: table === LOG_TABLE ? ofLog : ofAudit, last })
}

/** Rows without a partition of their own, up to MOST_UNPLACED. */
export async function countUnplaced(
  { rows }: Reader,
  dialect: PartitionDialect,
  { table, layout }: { readonly table: PartitionedTable; readonly layout: Layout },
): Promise<number> {
  const some = `SELECT 1 AS a_row FROM ${dialect.partition(table, layout.rest)} LIMIT ${MOST_UNPLACED}`
  const [row] = await rows(`SELECT COUNT(*) AS row_count FROM (${some}) UNPLACED`)
  return Number(row?.row_count)
}
