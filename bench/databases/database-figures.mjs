import { readdirSync, readFileSync, statSync } from 'node:fs'
import { CPU_TIME_IS_KNOWN, cpuMicros, cpuMicrosWithEnded, parentOf } from '../load/cpu-time.mjs'

/** What an engine tells of itself. Figures that it does not tell are undefined. */
const FIGURES = {
  sqlite: { describe: describeSqlite, commits: async () => undefined, table: sqliteTable, cpu: async () => undefined },
  postgres: { describe: describePostgres, commits: postgresCommits, table: postgresTable, cpu: postgresCpu },
  mysql: { describe: describeMysql, commits: mysqlCommits, table: mysqlTable, cpu: mysqlCpu },
}

/** `client` is one that `openEngine` has opened on the database. */
export function figuresOf({ name, address }, client) {
  const engine = FIGURES[name]
  const rows = (sql) => client.$queryRawUnsafe(sql)
  return {
    /** Version, and the settings that decide what a commit is worth. */
    describe: () => engine.describe(rows),
    /** Transactions of the whole server so far that wrote something. */
    commits: () => engine.commits(rows, (sql) => client.$executeRawUnsafe(sql)),
    /** Bytes of the table and of its indexes, and what else the engine knows about it. */
    table: (table) => engine.table(rows, table, address),
    /** CPU microseconds of the database server so far, where it runs on this machine. */
    cpuMicros: () => (CPU_TIME_IS_KNOWN ? engine.cpu(rows).catch(() => undefined) : undefined),
  }
}

async function settings(rows, names) {
  const found = await rows(`SELECT name, setting, unit FROM pg_settings WHERE name IN (${names.map((name) => `'${name}'`).join(', ')}) ORDER BY name`)
  return found.map(({ name, setting, unit }) => `${name}=${setting}${unit ?? ''}`).join(' ')
}

async function describePostgres(rows) {
  const [{ version }] = await rows('SHOW server_version').then(([row]) => [{ version: Object.values(row)[0] }])
  return `PostgreSQL ${version.split(' ')[0]} (${await settings(rows, ['fsync', 'synchronous_commit', 'autovacuum', 'shared_buffers'])})`
}

async function describeMysql(rows) {
  const [{ version, flush, buffer }] = await rows(
    'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flush, @@innodb_buffer_pool_size AS buffer',
  )
  const product = version.includes('MariaDB') ? 'MariaDB' : 'MySQL'
  return `${product} ${version.split('-')[0]} (innodb_flush_log_at_trx_commit=${flush} innodb_buffer_pool_size=${Number(buffer) / 2 ** 20}MB)`
}

async function describeSqlite(rows) {
  const [{ version }] = await rows('SELECT sqlite_version() AS version')
  return `SQLite ${version} (as Jeton opens it: WAL, synchronous=FULL)`
}

/** Transaction ids given away: only a transaction that writes gets one. Unlike the server's statistics it is never late. */
async function postgresCommits(rows) {
  const [{ next }] = await rows('SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS next')
  return Number(next)
}

/** A counter of InnoDB's that is off until somebody asks for it; reading transactions are counted elsewhere. */
async function mysqlCommits(rows, run) {
  await run("SET GLOBAL innodb_monitor_enable = 'trx_rw_commits'")
  const [{ commits }] = await rows("SELECT COUNT AS commits FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rw_commits'")
  return Number(commits)
}

async function postgresTable(rows, table) {
  const [row] = await rows(`
    SELECT pg_table_size(relid) AS bytes, pg_indexes_size(relid) AS index_bytes, n_dead_tup AS dead,
      n_tup_upd AS updates, n_tup_hot_upd AS in_place, autovacuum_count AS vacuums
    FROM pg_stat_user_tables WHERE relname = '${table.toLowerCase()}'`)
  const { bytes, index_bytes: indexBytes, dead, updates, in_place: inPlace, vacuums } = numbers(row)
  return { bytes, indexBytes, dead, updates, inPlace, vacuums }
}

async function mysqlTable(rows, table) {
  const [row] = await rows(
    `SELECT DATA_LENGTH AS bytes, INDEX_LENGTH AS indexBytes FROM information_schema.TABLES WHERE TABLE_NAME = '${table}' AND TABLE_SCHEMA = DATABASE()`,
  )
  return numbers(row)
}

async function sqliteTable(_rows, _table, file) {
  return { bytes: statSync(file).size, indexBytes: 0 }
}

const numbers = (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]))

/** All processes of a PostgreSQL server: the one that listens, those it has now, and those it has had. */
async function postgresCpu(rows) {
  const [{ pid }] = await rows('SELECT pg_backend_pid() AS pid')
  const server = parentOf(pid)
  const children = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === server)
  return children.reduce((sum, child) => sum + (cpuMicros(child) ?? 0), cpuMicrosWithEnded(server))
}

async function mysqlCpu(rows) {
  const [{ file }] = await rows('SELECT @@pid_file AS file')
  return cpuMicros(readFileSync(file, 'utf8').trim())
}
