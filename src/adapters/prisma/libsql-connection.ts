import { PrismaLibSql } from '@prisma/adapter-libsql'

type LibSqlClient = ReturnType<PrismaLibSql['createClient']>
type LibSqlConfig = ConstructorParameters<typeof PrismaLibSql>[0]
type LibSqlTransaction = Awaited<ReturnType<LibSqlClient['transaction']>>
type Statement = Parameters<LibSqlTransaction['execute']>[0]

/** Per connection, so again after every reconnect. FULL: a commit is on the disk when it is reported. */
const CONNECTION_PRAGMAS = ['PRAGMA synchronous = FULL', 'PRAGMA foreign_keys = ON']

/**
 * Prisma's libsql adapter on one connection for the life of the process.
 *
 * The client it makes by itself leaves its connection to every transaction and opens the next one, which keeps file
 * handles until the garbage is collected, and begins transactions that are refused when they turn from reading to
 * writing. Here a transaction takes the write lock at once, on the same connection; the adapter's own lock keeps
 * statements from outside it waiting meanwhile.
 */
export class LibSqlConnection extends PrismaLibSql {
  readonly #onStatement: (sql: string) => void

  constructor(config: LibSqlConfig, onStatement: (sql: string) => void) {
    super(config)
    this.#onStatement = onStatement
  }

  override createClient(config: LibSqlConfig): LibSqlClient {
    return onOneConnection(super.createClient(config), this.#onStatement)
  }

  /** @throws Error when the file cannot be used as Jeton has to: write-ahead log, durable commits, foreign keys. */
  override async connect(): ReturnType<PrismaLibSql['connect']> {
    const adapter = await super.connect()
    const pragma = async (sql: string): Promise<unknown> => (await adapter.queryRaw({ sql, args: [], argTypes: [] })).rows[0]?.[0]
    await pragma('PRAGMA journal_mode = WAL')
    for (const sql of CONNECTION_PRAGMAS) await pragma(sql)
    const modes = [await pragma('PRAGMA journal_mode'), await pragma('PRAGMA synchronous'), await pragma('PRAGMA foreign_keys')].join(' ')
    if (modes !== 'wal 2 1') {
      await adapter.dispose()
      throw new Error(`the database file cannot be used with a write-ahead log, durable commits and foreign keys: ${modes}`)
    }
    return adapter
  }
}

function onOneConnection(client: LibSqlClient, onStatement: (sql: string) => void): LibSqlClient {
  const execute = async (statement: Statement) => {
    onStatement(typeof statement === 'string' ? statement : statement.sql)
    try {
      return await client.execute(statement)
    } catch (error) {
      // The driver does not finish a statement that met a busy file, and with it no later transaction of the connection would commit.
      if (isBusy(error)) await reconnect(client)
      throw error
    }
  }
  const executeMultiple = async (sql: string) => {
    onStatement(sql)
    return client.executeMultiple(sql)
  }
  return {
    execute: (statement: Statement) => execute(statement),
    executeMultiple,
    batch: (statements, mode) => client.batch(statements, mode),
    migrate: (statements) => client.migrate(statements),
    sync: () => client.sync(),
    close: () => client.close(),
    reconnect: () => client.reconnect(),
    get closed() {
      return client.closed
    },
    protocol: client.protocol,
    transaction: async () => {
      await execute('BEGIN IMMEDIATE')
      return transactionOn({ execute, executeMultiple, reconnect: () => reconnect(client) })
    },
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
}

async function reconnect(client: LibSqlClient): Promise<void> {
  await client.reconnect()
  for (const sql of CONNECTION_PRAGMAS) await client.execute(sql)
}

interface OpenConnection extends Pick<LibSqlTransaction, 'execute' | 'executeMultiple'> {
  reconnect(): Promise<void>
}

function transactionOn(connection: OpenConnection): LibSqlTransaction {
  let closed = false
  const leave = async (): Promise<void> => {
    closed = true
    // SQLite has rolled back by itself after some errors and then refuses this; a new connection is clean in either case.
    await connection.execute('ROLLBACK').catch(() => connection.reconnect())
  }
  return {
    execute: (statement) => (closed ? Promise.reject(new Error('the transaction is over')) : connection.execute(statement)),
    executeMultiple: (sql) => (closed ? Promise.reject(new Error('the transaction is over')) : connection.executeMultiple(sql)),
    batch: () => Promise.reject(new Error('not used by the adapter')),
    rollback: leave,
    commit: async () => {
      try {
        await connection.execute('COMMIT')
        closed = true
      } catch (cause) {
        await leave()
        throw cause
      }
    },
    close: () => undefined,
    get closed() {
      return closed
    },
  }
}
