import { randomBytes } from 'node:crypto'
import { NEVER } from '../../../model/revocation-entry.js'
import type { MigrationConnection } from '../migrate.js'
import { dropLocked } from './drop-locked.js'
import type { PartitionDialect, Site } from './partition-dialect.js'
import { beforeOf, partsOf } from './partitioned-tables.js'
import type { Range } from './plan-partitions.js'

const MIRROR = 'JETON_MIRROR'
const mirrorFunction = (table: string): string => `${MIRROR}_${table}`

/** Lower case, as the catalogue has it: unquoted names are. */
const text = (name: string): string => `'${name.toLowerCase()}'`

export const postgresqlPartitions: PartitionDialect = {
  columns: (table) => `
    SELECT column_name AS a_column FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = ${text(table)} ORDER BY ordinal_position`,

  create: ({ connection, table }, ranges) =>
    inTransaction(connection, async () => {
      const parts = partsOf(table)
      await connection.script(`
        CREATE TABLE ${parts} (LIKE ${table.name} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS) PARTITION BY RANGE (PURGE_AFTER);
        ALTER TABLE ${parts} ALTER COLUMN PURGE_AFTER SET DEFAULT ${NEVER}, ALTER COLUMN PURGE_AFTER SET NOT NULL;
        ALTER TABLE ${parts} ADD CONSTRAINT ${besides(`${table.name}_pkey`, 'parts')} PRIMARY KEY (${table.key}, PURGE_AFTER)`)
      for (const { name, definition } of await indexesOf(connection, table.name))
        await connection.script(`CREATE INDEX ${besides(name, 'parts')} ON ${parts} ${definition}`)
      const made = ranges.map((range) => ({ name: partitionName(parts, `P${range.to}`), range }))
      for (const { name, range } of made) await connection.script(attach(parts, name, range))
      const [ever, rest] = [partitionName(parts, 'ever'), partitionName(parts, 'rest')]
      await connection.script(`
        CREATE TABLE ${ever} PARTITION OF ${parts} FOR VALUES FROM (${NEVER}) TO (MAXVALUE);
        CREATE TABLE ${rest} PARTITION OF ${parts} DEFAULT`)
      await grantAlike(connection, table.name, [parts, ...made.map(({ name }) => name), ever, rest])
    }),

  async isMirrored({ connection, table }) {
    const trigger = `SELECT 1 AS found FROM pg_trigger WHERE tgrelid = to_regclass('${table.name}') AND tgname = ${text(MIRROR)}`
    return (await connection.rows(trigger)).length > 0
  },

  mirror: ({ connection, table }, columns) =>
    inTransaction(connection, async () => {
      const parts = partsOf(table)
      await connection.script(`
        CREATE OR REPLACE FUNCTION ${mirrorFunction(table.name)}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' THEN
            DELETE FROM ${parts} WHERE ${table.key} = OLD.${table.key};
          ELSE
            INSERT INTO ${parts} (${columns.join(', ')}) VALUES (${valuesOf(columns, 'NEW.')}) ON CONFLICT DO NOTHING;
          END IF;
          RETURN NULL;
        END $$;
        CREATE TRIGGER ${MIRROR} AFTER INSERT OR DELETE ON ${table.name} FOR EACH ROW EXECUTE FUNCTION ${mirrorFunction(table.name)}()`)
    }),

  // The rows are locked, so that one that is deleted meanwhile does not come back.
  copy: (table, columns, { after, to }) => `
    INSERT INTO ${partsOf(table)} (${columns.join(', ')})
    SELECT ${valuesOf(columns, '')} FROM ${table.name} WHERE ${table.key} > ${after} AND ${table.key} <= ${to} FOR SHARE ON CONFLICT DO NOTHING`,

  swap: (site) => inTransaction(site.connection, () => swapTables(site)),

  async clear({ connection, table }) {
    await inTransaction(connection, () =>
      connection.script(`
        DROP TABLE IF EXISTS ${beforeOf(table)};
        DROP TRIGGER IF EXISTS ${MIRROR} ON ${table.name};
        DROP FUNCTION IF EXISTS ${mirrorFunction(table.name)}();
        DROP TABLE IF EXISTS ${partsOf(table)}`),
    )
  },

  add: ({ connection, table }, { rest }, range) =>
    inTransaction(connection, async () => {
      await connection.script(`LOCK TABLE ${rest} IN ACCESS EXCLUSIVE MODE`)
      const columns = (await connection.rows(postgresqlPartitions.columns(table.name))).map((row) => String(row.a_column)).join(', ')
      const taken = `DELETE FROM ${rest} WHERE PURGE_AFTER >= ${range.from ?? 0} AND PURGE_AFTER < ${range.to} RETURNING ${columns}`
      const name = partitionName(table.name, `P${range.to}`)
      const fill = `WITH TAKEN AS (${taken}) INSERT INTO ${name} (${columns}) SELECT ${columns} FROM TAKEN;`
      await connection.script(attach(table.name, name, { ...range, fill }))
      await grantAlike(connection, table.name, [name])
    }),

  beginDrop: async () => undefined,
  endDrop: async () => undefined,

  drop: ({ connection, table }, { name, rest }, unless) =>
    inTransaction(connection, async () => {
      // Only the first of the locks is waited for. It keeps everybody out, and the others are free as soon as nobody is in.
      await connection.script(`LOCK TABLE ONLY ${table.name} IN ACCESS EXCLUSIVE MODE`)
      await connection.script(`LOCK TABLE ${name}, ${rest} IN ACCESS EXCLUSIVE MODE NOWAIT`)
      // The files go after the commit, when the locks are free again.
      return dropLocked(connection, { unless, drop: () => connection.script(`DROP TABLE ${name}`), nowMs: postgresqlPartitions.nowMs })
    }),

  partition: (_table, name) => name,
  estimate: (_table, name) => `SELECT reltuples AS row_count FROM pg_class WHERE oid = to_regclass('${name}')`,
  nowMs: 'SELECT FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS now_ms',
  // Longer than the wait, so that others have most of the time.
  pause: 'SELECT 1 AS waited FROM pg_sleep(0.2)',
  dropAttempts: 30,
  // lock_not_available, deadlock_detected
  isBusy: (error) => isOneOf(error, ['55P03', '40P01']),
  // insufficient_privilege
  isForbidden: (error) => isOneOf(error, ['42501']),
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code)
}

async function inTransaction<Answer>(connection: MigrationConnection, work: () => Promise<Answer>): Promise<Answer> {
  await connection.script(`BEGIN; SET LOCAL lock_timeout = '50ms'`)
  try {
    const answer = await work()
    await connection.script('COMMIT')
    return answer
  } catch (error) {
    // Where the connection is lost so is the transaction, and the first error says more.
    await connection.script('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** WSO2's rows of the audit have none, and never go. */
function valuesOf(columns: readonly string[], prefix: string): string {
  return columns
    .map((column) => (column.toUpperCase() === 'PURGE_AFTER' ? `COALESCE(${prefix}${column}, ${NEVER})` : `${prefix}${column}`))
    .join(', ')
}

/** A name beside another one, within the 63 characters that a name may have. */
const besides = (name: string, word: string): string => `${name.slice(0, 55)}_${word}`

/** Never one that an earlier partition had: a table that is laid out anew has both for a while. */
const partitionName = (table: string, word: string): string => `${table.replace(/_PARTS$/, '')}_${word}_${randomBytes(3).toString('hex')}`

/** Makes a partition in a way that keeps nobody waiting who reads or writes the others. */
function attach(table: string, name: string, { from, to, fill = '' }: Range & { readonly fill?: string }): string {
  return `
    CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL EXCLUDING INDEXES);
    ${fill}
    ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM (${from ?? 'MINVALUE'}) TO (${to})`
}

/** Who else may read and write the table may do so with its partitions, where a purge looks into them one by one. */
async function grantAlike({ rows, script }: MigrationConnection, table: string, others: readonly string[]): Promise<void> {
  const grants = await rows(`
    SELECT grantee, string_agg(privilege_type, ', ') AS privileges FROM information_schema.role_table_grants
    WHERE table_schema = current_schema() AND table_name = ${text(table)} AND grantee NOT IN (current_user, 'PUBLIC') GROUP BY grantee`)
  for (const { grantee, privileges } of grants) await script(`GRANT ${String(privileges)} ON ${others.join(', ')} TO "${String(grantee)}"`)
}

/** Without that of the primary key. `definition`: everything behind the name of the table. */
async function indexesOf(connection: MigrationConnection, table: string) {
  const found = await connection.rows(`
    SELECT C.relname AS a_name, pg_get_indexdef(I.indexrelid) AS a_definition FROM pg_index I JOIN pg_class C ON C.oid = I.indexrelid
    WHERE I.indrelid = to_regclass('${table}') AND NOT I.indisprimary`)
  return found.map((row) => ({ name: String(row.a_name), definition: String(row.a_definition).replace(/^.*? (?=USING )/, '') }))
}

/** Tables, indexes and the sequence change their names together. */
async function swapTables({ connection, table }: Site): Promise<void> {
  const { rows, script } = connection
  const [parts, before] = [partsOf(table), beforeOf(table)]
  await script(`LOCK TABLE ONLY ${table.name} IN ACCESS EXCLUSIVE MODE`)
  const [primary] = await rows(
    `SELECT C.relname AS a_name FROM pg_index I JOIN pg_class C ON C.oid = I.indexrelid WHERE I.indrelid = to_regclass('${table.name}') AND I.indisprimary`,
  )
  const [owned] = await rows(`SELECT pg_get_serial_sequence('${table.name}', ${text(table.key)}) AS a_sequence`)
  const indexes = (await indexesOf(connection, table.name)).map(({ name }) => ({ name, made: besides(name, 'parts') }))
  if (primary !== undefined) indexes.push({ name: String(primary.a_name), made: besides(`${table.name}_pkey`, 'parts') })
  for (const { name, made } of indexes)
    await script(`ALTER INDEX ${name} RENAME TO ${besides(name, 'before')}; ALTER INDEX ${made} RENAME TO ${name}`)
  if (typeof owned?.a_sequence === 'string') await script(`ALTER SEQUENCE ${owned.a_sequence} OWNED BY ${parts}.${table.key}`)
  await script(`ALTER TABLE ${table.name} RENAME TO ${before}; ALTER TABLE ${parts} RENAME TO ${table.name}`)
}
