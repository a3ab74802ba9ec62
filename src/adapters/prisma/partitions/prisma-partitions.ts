import { CommandRefused } from '../../../errors/operational-errors.js'
import type { MovedTable, Partitions, TableLayout, TellMove } from '../../../stores/partitions.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import type { Engine } from '../engines/engine.js'
import type { MigrationConnection } from '../migrate.js'
import { hasTable } from '../migration-book.js'
import { type Reader, readLayout } from './layout.js'
import { moveTable } from './move-table.js'
import { mysqlPartitions } from './mysql-partitions.js'
import type { PartitionDialect } from './partition-dialect.js'
import { AUDIT_TABLE, beforeOf, LOG_TABLE, type PartitionedTable, partsOf } from './partitioned-tables.js'
import { postgresqlPartitions } from './postgresql-partitions.js'
import { countUnplaced, MOST_UNPLACED, type PartitionSettings, planFor, tendTable } from './tend-table.js'

const TABLES: readonly PartitionedTable[] = [LOG_TABLE, AUDIT_TABLE]

export const PARTITION_DIALECTS: Readonly<Record<MigrationConnection['engine'], PartitionDialect | undefined>> = {
  sqlite: undefined,
  postgresql: postgresqlPartitions,
  mysql: mysqlPartitions,
}

/** One statement of a move may drop a table of many millions of rows, in milliseconds. */
const MOVE_TIMEOUT_MS = 600_000

export function createPrismaPartitions(session: DatabaseSession, engine: Engine, settings: PartitionSettings): Partitions {
  const dialect = PARTITION_DIALECTS[engine.dialect.name]
  const refused = new CommandRefused('not_available', 'SQLite has no partitions: they are for databases on PostgreSQL, MySQL and MariaDB')
  if (dialect === undefined) return { layouts: async () => [], tend: async () => 0, move: () => Promise.reject(refused) }
  const read = <Answer>(work: (reader: Reader) => Promise<Answer>) => session.run((database) => work(readerOn(database)))
  return {
    layouts: () => inTurn((table) => read((reader) => describe(reader, dialect, table))),
    async tend() {
      const layouts = await inTurn((table) => read((reader) => readLayout(reader, table.name)))
      if (layouts.every((layout) => layout === undefined)) return 0
      const made = await session.run(() =>
        engine.withMigrationConnection((connection) =>
          inTurn((table) => tendTable({ connection, table }, dialect, settings).catch((error: unknown) => Promise.reject(explain(error, dialect)))),
        ),
      )
      return made.reduce((total, one) => total + one, 0)
    },
    move: (tell) =>
      session.run(() => engine.withMigrationConnection((connection) => moveAll(connection, { dialect, settings, tell }), MOVE_TIMEOUT_MS)),
  }
}

function explain(error: unknown, { isForbidden }: PartitionDialect): unknown {
  if (!isForbidden(error)) return error
  return new CommandRefused(
    'not_allowed',
    'the account of the database may not make partitions, and old ones are deleted row by row: make it their owner',
  )
}

/** Any connection of the pool. */
export function readerOn({ dialect, rowsAsNamed }: Runner): Reader {
  return { engine: dialect.name, rows: rowsAsNamed }
}

async function inTurn<Answer>(work: (table: PartitionedTable) => Promise<Answer>): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const table of TABLES) answers.push(await work(table))
  return answers
}

async function describe(reader: Reader, dialect: PartitionDialect, table: PartitionedTable): Promise<TableLayout> {
  const layout = await readLayout(reader, table.name)
  const isMoving = (await hasTable(reader, partsOf(table))) || (await hasTable(reader, beforeOf(table)))
  return {
    table: table.name,
    state: isMoving ? 'moving' : layout === undefined ? 'plain' : 'partitioned',
    partitions: layout?.regular.length ?? 0,
    until: layout?.regular.at(-1)?.to ?? null,
    unplaced: layout === undefined ? 0 : await countUnplaced(reader, dialect, { table, layout }),
  }
}

interface Moving {
  readonly dialect: PartitionDialect
  readonly settings: PartitionSettings
  readonly tell: TellMove
}

async function moveAll(connection: MigrationConnection, { dialect, settings, tell }: Moving): Promise<readonly MovedTable[]> {
  await takeTurn(connection)
  return inTurn(async (table) => {
    const layout = await readLayout(connection, table.name)
    const again = layout !== undefined && (await countUnplaced(connection, dialect, { table, layout })) >= MOST_UNPLACED
    const ranges = () => planFor(connection, { table, settings, last: undefined })
    return moveTable({ connection, table }, dialect, { ranges, again, tell: (what) => tell(table.name, what) })
  })
}

/** Until the connection ends. It is not the lock of migrations, for which nodes wait that start. */
async function takeTurn({ engine, rows }: MigrationConnection): Promise<void> {
  const statement =
    engine === 'postgresql' ? 'SELECT pg_try_advisory_lock(72707370)::INTEGER AS taken' : `SELECT GET_LOCK('jeton_partitions', 0) AS taken`
  const [lock] = await rows(statement)
  if (Number(lock?.taken) !== 1) throw new CommandRefused('busy', 'another one is at work on the partitions of this database')
}
