import { NEVER } from '../../../model/revocation-entry.js'
import type { MigrationConnection } from '../migrate.js'
import { dropLocked } from './drop-locked.js'
import type { PartitionDialect, Site } from './partition-dialect.js'
import { beforeOf, type PartitionedTable, partsOf } from './partitioned-tables.js'
import type { Range } from './plan-partitions.js'

const REST = 'P_REST'
const EVER = 'P_EVER'

/** Whoever cannot have a table at once gives way; the oldest MySQL waits whole seconds only. */
const WITHOUT_WAITING = 'SET lock_wait_timeout = /*M!100300 0 */ /*!80000 1 */'

/** Has the rows of a partition that is dropped, until their file is deleted. */
const goneOf = ({ name }: PartitionedTable): string => `${name}_GONE`

const triggersOf = ({ name }: PartitionedTable) => ({ insert: `${name}_MIRROR_INSERT`, delete: `${name}_MIRROR_DELETE` })

export const mysqlPartitions: PartitionDialect = {
  columns: (table) => `
    SELECT COLUMN_NAME AS a_column FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}' ORDER BY ORDINAL_POSITION`,

  async create({ connection, table }, ranges) {
    const parts = partsOf(table)
    // Perhaps an attempt before this one came no further than the first of the statements.
    await change(connection, `DROP TABLE IF EXISTS ${parts}`)
    await change(connection, `CREATE TABLE ${parts} LIKE ${table.name}`)
    await change(
      connection,
      `ALTER TABLE ${parts} MODIFY PURGE_AFTER BIGINT NOT NULL DEFAULT ${NEVER},
        DROP PRIMARY KEY, ADD PRIMARY KEY (${table.key}, PURGE_AFTER)
        PARTITION BY RANGE (PURGE_AFTER) (${[...ranges.map(definition), rest, `PARTITION ${EVER} VALUES LESS THAN MAXVALUE`].join(', ')})`,
    )
  },

  async isMirrored({ connection, table }) {
    const triggers = Object.values(triggersOf(table)).map((name) => `'${name}'`)
    const found = await connection.rows(`
      SELECT TRIGGER_NAME AS a_name FROM information_schema.TRIGGERS
      WHERE TRIGGER_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = '${table.name}' AND TRIGGER_NAME IN (${triggers.join(', ')})`)
    return found.length === triggers.length
  },

  async mirror({ connection, table }, columns) {
    const [parts, triggers] = [partsOf(table), triggersOf(table)]
    const insert = `INSERT INTO ${parts} (${columns.join(', ')}) VALUES (${valuesOf(columns, 'NEW.')})`
    const create = async (name: string, event: string, statement: string): Promise<void> => {
      // Perhaps only one of the two was to be had.
      await change(connection, `DROP TRIGGER IF EXISTS ${name}`)
      await change(connection, `CREATE TRIGGER ${name} AFTER ${event} ON ${table.name} FOR EACH ROW ${statement}`)
    }
    await create(triggers.delete, 'DELETE', `DELETE FROM ${parts} WHERE ${table.key} = OLD.${table.key}`)
    await create(triggers.insert, 'INSERT', insert)
  },

  // The rows are locked, so that one that is deleted meanwhile does not come back.
  copy: (table, columns, { after, to }) => `
    INSERT INTO ${partsOf(table)} (${columns.join(', ')})
    SELECT ${valuesOf(columns, '')} FROM ${table.name} WHERE ${table.key} > ${after} AND ${table.key} <= ${to} LOCK IN SHARE MODE
    ON DUPLICATE KEY UPDATE ${table.key} = VALUES(${table.key})`,

  swap: ({ connection, table }) => change(connection, `RENAME TABLE ${table.name} TO ${beforeOf(table)}, ${partsOf(table)} TO ${table.name}`),

  async clear({ connection, table }) {
    await change(connection, `DROP TABLE IF EXISTS ${beforeOf(table)}`)
    for (const name of Object.values(triggersOf(table))) await change(connection, `DROP TRIGGER IF EXISTS ${name}`)
    await change(connection, `DROP TABLE IF EXISTS ${partsOf(table)}`)
  },

  add: ({ connection, table }, _rest, range) =>
    change(connection, `ALTER TABLE ${table.name} REORGANIZE PARTITION ${REST} INTO (${definition(range)}, ${rest})`),

  async beginDrop({ connection, table }) {
    await mysqlPartitions.endDrop({ connection, table })
    await change(connection, `CREATE TABLE ${goneOf(table)} LIKE ${table.name}`)
    await change(connection, `ALTER TABLE ${goneOf(table)} REMOVE PARTITIONING`)
  },

  endDrop: ({ connection, table }) => change(connection, `DROP TABLE IF EXISTS ${goneOf(table)}`),

  drop: (site, { name }, unless) =>
    underWriteLock(site, ({ connection, table }) => {
      const drop = async (): Promise<void> => {
        await emptyPartition(site, name)
        await connection.script(`ALTER TABLE ${table.name} DROP PARTITION ${name}`)
      }
      return dropLocked(connection, { unless, drop, nowMs: mysqlPartitions.nowMs })
    }),

  partition: ({ name: table }, name) => `${table} PARTITION (${name})`,
  estimate: ({ name: table }, name) => `
    SELECT TABLE_ROWS AS row_count FROM information_schema.PARTITIONS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}' AND PARTITION_NAME = '${name}'`,
  nowMs: 'SELECT FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000) AS now_ms',
  pause: 'SELECT SLEEP(0.05) AS waited',
  dropAttempts: 100,
  // ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK
  isBusy: (error) => isOneOf(error, [1205, 1213]),
  // ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR
  isForbidden: (error) => isOneOf(error, [1044, 1142, 1227]),
}

function isOneOf(error: unknown, numbers: readonly number[]): boolean {
  return error instanceof Error && 'errno' in error && numbers.some((number) => number === error.errno)
}

async function change(connection: MigrationConnection, statement: string): Promise<void> {
  await connection.script(WITHOUT_WAITING)
  await connection.script(statement)
}

/** ER_PARTITION_EXCHANGE_DIFFERENT_OPTION, ER_TABLES_DIFFERENT_METADATA: a column was added without writing the rows anew. */
const DIFFERENT = [1731, 1736]

/** Its rows change places with none: to delete their file, for as long as nobody can use the table, would take much longer. */
async function emptyPartition({ connection, table }: Site, name: string): Promise<void> {
  try {
    await connection.script(`ALTER TABLE ${table.name} EXCHANGE PARTITION ${name} WITH TABLE ${goneOf(table)}`)
  } catch (error) {
    if (!isOneOf(error, DIFFERENT)) throw error
  }
}

/** Nobody else reads or writes the table meanwhile; in one connection, so that it ends with it. */
async function underWriteLock<Answer>(site: Site, work: (site: Site) => Promise<Answer>): Promise<Answer> {
  await change(site.connection, `LOCK TABLES ${site.table.name} WRITE, ${goneOf(site.table)} WRITE`)
  try {
    return await work(site)
  } finally {
    await site.connection.script('UNLOCK TABLES').catch(() => undefined)
  }
}

const definition = ({ to }: Pick<Range, 'to'>): string => `PARTITION P${to} VALUES LESS THAN (${to})`
const rest = `PARTITION ${REST} VALUES LESS THAN (${NEVER})`

/** WSO2's rows of the audit have none, and never go. */
function valuesOf(columns: readonly string[], prefix: string): string {
  return columns.map((column) => (column === 'PURGE_AFTER' ? `COALESCE(${prefix}${column}, ${NEVER})` : `${prefix}${column}`)).join(', ')
}
