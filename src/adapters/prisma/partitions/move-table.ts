import { CommandRefused } from '../../../errors/operational-errors.js'
import type { MovedTable } from '../../../stores/partitions.js'
import { hasTable } from '../migration-book.js'
import { readLayout } from './layout.js'
import type { PartitionDialect, Site } from './partition-dialect.js'
import { beforeOf, partsOf } from './partitioned-tables.js'
import { patiently } from './patiently.js'
import type { Range } from './plan-partitions.js'

export interface Move {
  /** Of the partitions that are made at once. */
  readonly ranges: () => Promise<readonly Range[]>
  /** Whether a table that lies in partitions is laid out anew. */
  readonly again: boolean
  readonly tell: (what: string) => void
}

const ROWS_PER_COPY = 5_000

/**
 * Lays the table out in partitions, in a new table that takes its place in the end. Until then whatever is written to the one is
 * written to the other, in the same transaction; so the copy may take its time, and the exchange may come at any moment. Where it
 * has come to an end before, what there is says how far: it begins to copy again, which changes nothing that is there.
 */
export async function moveTable(site: Site, dialect: PartitionDialect, { ranges, again, tell }: Move): Promise<MovedTable> {
  const { connection, table } = site
  const patient = <Answer>(work: () => Promise<Answer>): Promise<Answer> => patiently(connection, dialect, work)
  if (await hasTable(connection, beforeOf(table))) {
    tell('dropping the table as it was: the new one is in its place already')
    await patient(() => dialect.clear(site))
    return { table: table.name, moved: true, rows: 0 }
  }
  const isBegun = await hasTable(connection, partsOf(table))
  if (!isBegun && !again && (await readLayout(connection, table.name)) !== undefined) return { table: table.name, moved: false, rows: 0 }
  if (!(isBegun && (await fits(site, dialect)))) {
    await patient(() => dialect.clear(site))
    tell('making the new table, and having everything written to it too; who uses the table may wait for a moment')
    const planned = await ranges()
    await patient(() => dialect.create(site, planned))
    const columns = await columnsOf(site, dialect, table.name)
    await patient(() => dialect.mirror(site, columns))
  }
  const rows = await copy(site, dialect, tell)
  if (!(await fits(site, dialect))) throw changed(table.name)
  tell('putting it in the place of the old one; who uses the table may wait for a moment')
  await patient(() => dialect.swap(site))
  tell('dropping the old one')
  await patient(() => dialect.clear(site))
  return { table: table.name, moved: true, rows }
}

async function copy(site: Site, dialect: PartitionDialect, tell: Move['tell']): Promise<number> {
  const { connection, table } = site
  const columns = await columnsOf(site, dialect, table.name)
  tell('copying; nobody waits')
  let [rows, after] = [0, -1n]
  for (;;) {
    const [end] = await connection.rows(`
      SELECT COUNT(*) AS row_count, MAX(${table.key}) AS last_key
      FROM (SELECT ${table.key} FROM ${table.name} WHERE ${table.key} > ${after} ORDER BY ${table.key} LIMIT ${ROWS_PER_COPY}) STRETCH`)
    if (end?.last_key === null || end === undefined) return rows
    const stretch = { after, to: BigInt(String(end.last_key)) }
    await patiently(connection, dialect, () => connection.script(dialect.copy(table, columns, stretch)))
    after = stretch.to
    rows += Number(end.row_count)
    if (rows % (100 * ROWS_PER_COPY) === 0) tell(`${rows} rows copied`)
  }
}

/** Whether the new table is written to, and still has the columns of the old one: a migration may have come between. */
async function fits(site: Site, dialect: PartitionDialect): Promise<boolean> {
  const [old, made] = [await columnsOf(site, dialect, site.table.name), await columnsOf(site, dialect, partsOf(site.table))]
  return (await dialect.isMirrored(site)) && old.join() === made.join()
}

async function columnsOf({ connection }: Site, dialect: PartitionDialect, table: string): Promise<readonly string[]> {
  return (await connection.rows(dialect.columns(table))).map((row) => String(row.a_column))
}

const changed = (table: string): CommandRefused =>
  new CommandRefused('schema_changed', `the table ${table} was changed by somebody else while it was copied: nothing is moved; begin again`)
