import type { MigrationConnection } from '../migrate.js'
import type { Layout, Partition } from './layout.js'
import type { PartitionedTable } from './partitioned-tables.js'
import type { Range } from './plan-partitions.js'

/** A table on the connection that changes it. */
export interface Site {
  readonly connection: MigrationConnection
  readonly table: PartitionedTable
}

/**
 * What engines do differently with partitions. Whatever waits for a lock waits for 50 ms at most (MySQL, which knows whole
 * seconds only: one; MariaDB: not at all) and fails then, so that nobody queues behind it; `isBusy` knows that error.
 */
export interface PartitionDialect {
  /** Names of the columns, in their order. */
  columns(table: string): string
  /** Makes the table that is to take the place of the one that is there: empty, partitioned, with the same columns and indexes. */
  create(site: Site, ranges: readonly Range[]): Promise<void>
  /** Whether what is written to the table is written to that one too. */
  isMirrored(site: Site): Promise<boolean>
  /** From now on it is: who writes now has been waited for, so that a copy made from here on misses nothing. */
  mirror(site: Site, columns: readonly string[]): Promise<void>
  /** Copies the rows with `after` < key <= `to`, in one statement; what is there already stays. */
  copy(table: PartitionedTable, columns: readonly string[], stretch: { readonly after: bigint; readonly to: bigint }): string
  /** Puts it in the place of the table, in one step. */
  swap(site: Site): Promise<void>
  /** Drops the table as it was, if the swap has been made; else what was to take its place. */
  clear(site: Site): Promise<void>
  /** Makes a partition, with what the rest has of its rows. */
  add(site: Site, layout: Pick<Layout, 'rest'>, range: Range): Promise<void>
  /** What is made before a partition is dropped, and what is left of it afterwards is taken away: both lock nobody out. */
  beginDrop(site: Site): Promise<void>
  endDrop(site: Site): Promise<void>
  /** Drops a partition unless one of the statements finds a row, while nobody can write to the table. `lockMs`: for how long nobody could. */
  drop(
    site: Site,
    partition: Pick<Partition, 'name'> & Pick<Layout, 'rest'>,
    unless: readonly string[],
  ): Promise<{ readonly gone: boolean; readonly lockMs: number }>
  /** The partition, for a FROM. */
  partition(table: PartitionedTable, name: string): string
  /** About how many rows a partition has, as ROW_COUNT; negative: unknown. */
  estimate(table: PartitionedTable, name: string): string
  /** Milliseconds since 1970, as NOW_MS. */
  readonly nowMs: string
  /** Between two attempts. */
  readonly pause: string
  /** How often a purge tries to drop a partition before it leaves it to the next one: for some seconds. */
  readonly dropAttempts: number
  isBusy(error: unknown): boolean
  /** The account may read and write rows only. */
  isForbidden(error: unknown): boolean
}
