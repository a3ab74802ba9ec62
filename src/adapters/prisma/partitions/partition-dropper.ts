import { CommandRefused } from '../../../errors/operational-errors.js'
import type { DatabaseSession } from '../database-session.js'
import type { Engine } from '../engines/engine.js'
import { type Layout, type Partition, readLayout } from './layout.js'
import type { PartitionDialect } from './partition-dialect.js'
import type { PartitionedTable } from './partitioned-tables.js'
import { patiently } from './patiently.js'
import { PARTITION_DIALECTS, readerOn } from './prisma-partitions.js'

export interface DropOutcome {
  /** `not now`: a row has to stay, or others had the table all the time. `forbidden`: the account may read and write rows only. */
  readonly result: 'gone' | 'not now' | 'forbidden'
  /** How long others may have been kept waiting, in milliseconds. */
  readonly lockMs: number
}

/** `now`: by the database's clock. */
export interface FoundLayout {
  readonly layout: Layout
  readonly now: number
}

/** How old partitions of one table go. */
export interface PartitionDropper {
  /** undefined: it lies in none. */
  read(): Promise<FoundLayout | undefined>
  /** The partition, for a FROM. */
  from(name: string): string
  /** How many rows it has; of very many the engine's own estimate, since to count them would be to read them all. */
  size(name: string): Promise<number>
  /** Drops a partition unless one of the statements finds a row, while nobody can write to the table. */
  drop(partition: Pick<Partition, 'name'> & Pick<Layout, 'rest'>, unless: readonly string[]): Promise<DropOutcome>
}

/** A statement may take so long, in milliseconds: dropping a large file does. */
const TIMEOUT_MS = 60_000
const COUNTED_UP_TO = 100_000

/** undefined: the engine has no partitions. */
export function createPartitionDropper(session: DatabaseSession, engine: Engine, table: PartitionedTable): PartitionDropper | undefined {
  const dialect = PARTITION_DIALECTS[engine.dialect.name]
  return dialect && dropperOn(session, engine, { table, dialect })
}

interface Dropped {
  readonly table: PartitionedTable
  readonly dialect: PartitionDialect
}

function dropperOn(session: DatabaseSession, engine: Engine, { table, dialect }: Dropped): PartitionDropper {
  return {
    from: (name) => dialect.partition(table, name),
    read: () =>
      session.run(async (database) => {
        const reader = readerOn(database)
        const layout = await readLayout(reader, table.name)
        return layout && { layout, now: Math.floor(Number((await reader.rows(dialect.nowMs))[0]?.now_ms) / 1000) }
      }),
    size: (name) =>
      session.run(async (database) => {
        const { rows } = readerOn(database)
        const estimate = Number((await rows(dialect.estimate(table, name)))[0]?.row_count ?? -1)
        if (estimate > COUNTED_UP_TO) return estimate
        return Number((await rows(`SELECT COUNT(*) AS row_count FROM ${dialect.partition(table, name)}`))[0]?.row_count)
      }),
    drop: (partition, unless) =>
      session.run(() =>
        engine.withMigrationConnection(async (connection) => {
          const site = { connection, table }
          const attempt = async (): Promise<DropOutcome> => {
            const { gone, lockMs } = await dialect.drop(site, partition, unless)
            return { result: gone ? 'gone' : 'not now', lockMs }
          }
          const patient = <Answer>(work: () => Promise<Answer>) => patiently(connection, dialect, work, dialect.dropAttempts)
          // The engine's own threads have a table for moments, too. What cannot be taken away now is when the next partition goes.
          const drop = async (): Promise<DropOutcome> => {
            await patient(() => dialect.beginDrop(site))
            return patient(attempt).finally(() => patient(() => dialect.endDrop(site)).catch(() => undefined))
          }
          return drop().catch((error: unknown) => resultOf(error, dialect))
        }, TIMEOUT_MS),
      ),
  }
}

function resultOf(error: unknown, { isForbidden, isBusy }: PartitionDialect): DropOutcome {
  if (isForbidden(error)) return { result: 'forbidden', lockMs: 0 }
  if (isBusy(error) || (error instanceof CommandRefused && error.code === 'busy')) return { result: 'not now', lockMs: 0 }
  throw error
}
