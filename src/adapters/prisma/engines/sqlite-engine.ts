import { pathToFileURL } from 'node:url'
import { PrismaClient } from '../generated/sqlite/client.js'
import { LibSqlConnection } from '../libsql-connection.js'
import { sqliteDialect } from '../sql/sqlite-dialect.js'
import { makePrivateFile, withMigrationConnection } from '../sqlite-file.js'
import type { Engine } from './engine.js'
import { prismaDriver, prismaStatements } from './prisma-statements.js'
import { returning } from './returning.js'

export interface SqliteOptions {
  readonly engine?: 'sqlite'
  readonly file: string
  /** Told of every statement at the driver, as it is sent. */
  readonly onStatement?: (sql: string) => void
}

/** How long the driver waits for a file that another process is writing to. */
const BUSY_TIMEOUT_MS = 5_000

/** Longer than the driver waits for a busy file. */
const TRANSACTION_LIMITS = { maxWait: 6_000, timeout: 6_000 }

/** The embedded database; makes folder and file for their owner only. */
export async function openSqlite({ file, onStatement }: SqliteOptions): Promise<Engine> {
  makePrivateFile(file)
  const url = pathToFileURL(file).href
  const adapter = new LibSqlConnection({ url, intMode: 'bigint', timeout: BUSY_TIMEOUT_MS }, onStatement ?? (() => undefined))
  const client = new PrismaClient({ adapter })
  await client.$connect()
  const driver = prismaDriver(client, TRANSACTION_LIMITS)
  return {
    client,
    dialect: sqliteDialect,
    transactionLimits: TRANSACTION_LIMITS,
    driver,
    within: prismaStatements,
    ...returning(driver),
    withMigrationConnection: (work) => withMigrationConnection(file, work),
    connections: () => undefined,
    close: () => client.$disconnect(),
  }
}
