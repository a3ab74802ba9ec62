import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../generated/postgresql/client.js'
import type { PrismaClient as SharedClient } from '../generated/sqlite/client.js'
import type { MigrationConnection } from '../migrate.js'
import { postgresqlDialect } from '../sql/postgresql-dialect.js'
import type { Engine } from './engine.js'
import { createPostgresqlDriver } from './postgresql-driver.js'
import { prismaStatements } from './prisma-statements.js'
import { returning } from './returning.js'
import {
  ANSWER_MARGIN_MS,
  limitsOf,
  type ServerAddress,
  type ServerLimits,
  type ServerOptions,
  tlsOptionsOf,
  transactionLimitsOf,
} from './server-options.js'
import { upperCaseNames } from './upper-case-names.js'

/** 14: the oldest that is still maintained by the project. */
const OLDEST = 140_000

/** How long a migration waits for another node's, and how long its connection may stand still, in milliseconds. */
const MIGRATION_TIMEOUT_MS = 60_000

export async function openPostgresql(options: ServerOptions): Promise<Engine> {
  const limits = limitsOf(options)
  const pool = new pg.Pool({
    ...sessionOf(limits),
    ...addressOf(options),
    max: limits.poolSize,
    query_timeout: limits.statementTimeoutMs + ANSWER_MARGIN_MS,
    idleTimeoutMillis: 60_000,
  })
  // Whoever waits for an answer is told; the event of an idle connection that is lost would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (connection) => attend(connection, options.onStatement ?? (() => undefined)))
  const client = new PrismaClient({ adapter: new PrismaPg(pool) }) as unknown as SharedClient
  try {
    await checkVersion(pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  const driver = createPostgresqlDriver(pool)
  return {
    client,
    dialect: postgresqlDialect,
    driver,
    transactionLimits: transactionLimitsOf(limits),
    within: (models) => prismaStatements(models, upperCaseNames),
    ...returning(driver),
    withMigrationConnection: (work, timeoutMs = MIGRATION_TIMEOUT_MS) => withMigrationConnection(options, { ...limits, timeoutMs }, work),
    connections: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: async () => {
      await client.$disconnect()
      await pool.end()
    },
  }
}

/** Whatever the server's or the role's own settings are. */
const SESSION = '-c TimeZone=UTC -c default_transaction_isolation=read\\ committed'

/** What a URL says goes before everything else that the driver is told. */
function addressOf(options: ServerOptions): pg.ClientConfig {
  const url = urlOf(options)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return { connectionString: url.href, ...(options.tls && { ssl: tlsOptionsOf(options.tls, host) }) }
}

function urlOf(address: ServerAddress): URL {
  const url = new URL('url' in address ? address.url : 'postgresql://localhost')
  if ('host' in address) {
    url.hostname = address.host.includes(':') ? `[${address.host}]` : address.host
    url.port = String(address.port)
    url.pathname = encodeURIComponent(address.name)
    url.username = encodeURIComponent(address.username)
    url.password = encodeURIComponent(address.password)
    for (const [name, value] of Object.entries(address.parameters ?? {})) url.searchParams.set(name, value)
  }
  url.searchParams.set('options', `${url.searchParams.get('options') ?? ''} ${SESSION}`.trim())
  return url
}

/** What every connection begins with. */
function sessionOf({ connectTimeoutMs, statementTimeoutMs }: ServerLimits): pg.ClientConfig {
  return {
    application_name: 'jeton',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 2 * statementTimeoutMs,
    keepAlive: true,
  }
}

/** A connection whose answer has not come in time would keep its next user waiting too: it is given up. */
function attend(connection: pg.PoolClient, onStatement: (sql: string) => void): void {
  // Whoever uses it is told; the event of one that is lost meanwhile would end the process.
  connection.on('error', () => undefined)
  const send = connection.query.bind(connection) as (...parts: readonly unknown[]) => unknown
  const query = (...parts: readonly unknown[]): unknown => {
    onStatement(textOf(parts[0]))
    const answer = send(...parts)
    if (answer instanceof Promise) {
      answer.catch((error: unknown) => {
        if (error instanceof Error && error.message === 'Query read timeout') (connection as unknown as pg.Client).connection.stream.destroy()
      })
    }
    return answer
  }
  Object.assign(connection, { query })
}

function textOf(query: unknown): string {
  return typeof query === 'object' && query !== null && 'text' in query ? String(query.text) : String(query)
}

async function checkVersion(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ server_version_num: string }>('SHOW server_version_num')
  const version = Number(rows[0]?.server_version_num)
  if (version < OLDEST) throw new Error(`PostgreSQL ${Math.floor(version / 10_000)} is too old: Jeton needs 14 or newer`)
}

async function withMigrationConnection<Answer>(
  options: ServerOptions,
  { timeoutMs, ...limits }: ServerLimits & { readonly timeoutMs: number },
  work: (connection: MigrationConnection) => Promise<Answer>,
): Promise<Answer> {
  const timeouts = {
    statement_timeout: timeoutMs,
    lock_timeout: MIGRATION_TIMEOUT_MS,
    query_timeout: timeoutMs + ANSWER_MARGIN_MS,
  }
  const connection = new pg.Client({
    ...addressOf(options),
    ...sessionOf(limits),
    ...timeouts,
    idle_in_transaction_session_timeout: MIGRATION_TIMEOUT_MS,
  })
  // Whoever waits for an answer is told; the event besides would end the process.
  connection.on('error', () => undefined)
  await connection.connect()
  try {
    return await work({
      engine: 'postgresql',
      rows: async (sql) => (await connection.query<Record<string, unknown>>(sql)).rows,
      script: async (sql) => void (await connection.query(sql)),
    })
  } finally {
    await connection.end()
  }
}
