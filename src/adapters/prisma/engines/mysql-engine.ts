import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import mariadb from 'mariadb'
import { isLoopback } from '../../../model/loopback.js'
import { PrismaClient } from '../generated/mysql/client.js'
import { Prisma, type PrismaClient as SharedClient } from '../generated/sqlite/client.js'
import type { MigrationConnection } from '../migrate.js'
import type { Dialect, RowChange } from '../sql/dialect.js'
import { mariadbDialect } from '../sql/mariadb-dialect.js'
import { mysqlDialect } from '../sql/mysql-dialect.js'
import type { Engine, Statements } from './engine.js'
import { changeInOneMessage } from './mysql-change.js'
import { createMysqlDriver } from './mysql-driver.js'
import { createMysqlPool, type SessionPool } from './mysql-pool.js'
import { overTls } from './mysql-tls.js'
import { checkMysqlVersion } from './mysql-version.js'
import { prismaStatements } from './prisma-statements.js'
import { ANSWER_MARGIN_MS, limitsOf, type ServerAddress, type ServerLimits, type ServerOptions, transactionLimitsOf } from './server-options.js'

/** How long a migration may work, in milliseconds. */
const MIGRATION_TIMEOUT_MS = 60_000

/** MySQL 8 and MariaDB. */
export async function openMysql(options: ServerOptions): Promise<Engine> {
  const limits = limitsOf(options)
  const { onStatement } = options
  const config = configOf(options, limits)
  const session = sessionOf(limits.statementTimeoutMs)
  // Not through the pool: that one would only say that it has got no connection.
  const product = await withConnection(config, session, checkMysqlVersion)
  const pool = createMysqlPool(
    {
      ...config,
      // What does not say a word for so long is given up; an idle connection too, and the next one is a new one.
      socketTimeout: limits.statementTimeoutMs + ANSWER_MARGIN_MS,
      connectionLimit: limits.poolSize,
      // With none the driver never makes the first one.
      minimumIdle: 1,
      acquireTimeout: limits.connectTimeoutMs,
      ...(onStatement ? { logger: { query: onStatement } } : {}),
    },
    session,
  )
  const client = new PrismaClient({ adapter: new PrismaMariaDb(pool as mariadb.Pool, { useTextProtocol: true }) }) as unknown as SharedClient
  return engineOn(pool, client, { limits, options, dialect: product === 'MariaDB' ? mariadbDialect : mysqlDialect })
}

interface Connected {
  readonly limits: ServerLimits
  readonly options: ServerOptions
  readonly dialect: Dialect
}

function engineOn(pool: SessionPool, client: SharedClient, { limits, options, dialect }: Connected): Engine {
  return {
    client,
    dialect,
    transactionLimits: transactionLimitsOf(limits),
    driver: createMysqlDriver(pool),
    within: prismaStatements,
    change: async <Row>({ rows, execute }: Statements, changes: readonly RowChange[]) => {
      const changed: Row[] = []
      for (const { before, write, columns, row } of changes) {
        if (before !== undefined) await execute(before)
        if ((await execute(write)) > 0) changed.push(...(await rows<Row>(Prisma.sql`SELECT ${columns} ${row}`)))
      }
      return changed
    },
    changeAlone: (changes) => changeInOneMessage(pool, changes),
    withMigrationConnection: (work, timeoutMs = MIGRATION_TIMEOUT_MS) => withMigrationConnection(options, { ...limits, timeoutMs }, work),
    connections: () => ({ open: pool.totalConnections(), idle: pool.idleConnections(), waiting: pool.taskQueueSize() }),
    close: async () => {
      await client.$disconnect()
      await pool.end()
    },
  }
}

function addressOf(address: ServerAddress) {
  if (!('url' in address)) {
    const { host, port, name, username, password } = address
    return { host, port, database: name, user: username, password }
  }
  const { hostname, port, pathname, username, password } = new URL(address.url)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 3306),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  }
}

function configOf(options: ServerOptions, { connectTimeoutMs }: ServerLimits): mariadb.ConnectionConfig {
  const address = addressOf(options)
  return {
    ...(options.tls === undefined ? address : overTls(address, options.tls)),
    connectTimeout: connectTimeoutMs,
    // What MySQL's own kind of account needs where the connection is not encrypted; nobody is in between on the machine itself.
    allowPublicKeyRetrieval: options.allowPublicKeyRetrieval || isLoopback(address.host),
    // With one of these the driver sends nothing of its own when it has connected (see createMysqlPool).
    collation: 'UTF8MB4_BIN',
    // For scripts, and for the change of one row in a transaction of its own (see changeInOneMessage). Parameters are escaped by the driver.
    multipleStatements: true,
    // Else the message of an error repeats them.
    logParam: false,
  }
}

/** What every connection begins with, whatever the server's own settings are. */
function sessionOf(statementTimeoutMs: number): string {
  const lockSeconds = Math.max(1, Math.floor(statementTimeoutMs / 1000))
  return [
    `SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', group_concat_max_len = 65536`,
    // The two have different names, and units, for the time that a statement may take; each skips the other's comment. Only MariaDB ends
    // a transaction in the middle of which its process has been stopped.
    `SET innodb_lock_wait_timeout = ${lockSeconds} /*M!100300 , max_statement_time = ${statementTimeoutMs / 1000} , idle_transaction_timeout = ${2 * lockSeconds} */ /*!80000 , max_execution_time = ${statementTimeoutMs} */`,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  ].join(';')
}

async function withMigrationConnection<Answer>(
  options: ServerOptions,
  { timeoutMs, ...limits }: ServerLimits & { readonly timeoutMs: number },
  work: (connection: MigrationConnection) => Promise<Answer>,
): Promise<Answer> {
  return withConnection(configOf(options, limits), sessionOf(timeoutMs), (connection) =>
    work({
      engine: 'mysql',
      rows: (sql) => connection.query<readonly Record<string, unknown>[]>(sql),
      script: async (sql) => void (await connection.query(sql)),
    }),
  )
}

async function withConnection<Answer>(
  config: mariadb.ConnectionConfig,
  session: string,
  work: (connection: mariadb.Connection) => Promise<Answer>,
): Promise<Answer> {
  const connection = await mariadb.createConnection(config)
  // Whoever waits for an answer is told; the event besides would end the process.
  connection.on('error', () => undefined)
  try {
    await connection.query(session)
    return await work(connection)
  } finally {
    await connection.end()
  }
}
