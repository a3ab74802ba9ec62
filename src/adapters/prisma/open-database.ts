import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { StoreUnavailable } from '../../errors/operational-errors.js'
import type { Seconds } from '../../model/time.js'
import type { ChangeHeads } from '../../stores/change-heads.js'
import type { ClientStore } from '../../stores/client-store.js'
import type { GrantStore } from '../../stores/grant-store.js'
import type { KeyStore } from '../../stores/key-store.js'
import type { PurgeTarget } from '../../stores/purge-target.js'
import type { RevocationLog } from '../../stores/revocation-log.js'
import type { StoreStatus } from '../../stores/store-status.js'
import type { StoredTokenStore } from '../../stores/stored-token-store.js'
import type { UserStore } from '../../stores/user-store.js'
import { createDatabaseSession } from './database-session.js'
import { PrismaClient } from './generated/sqlite/client.js'
import { LibSqlConnection } from './libsql-connection.js'
import { type MigrationState, migrateDatabase, readMigrationState } from './migrate.js'
import { createPrismaChangeHeads } from './prisma-change-heads.js'
import { createPrismaClientStore } from './prisma-client-store.js'
import { createPrismaGrantStore } from './prisma-grant-store.js'
import { createPrismaKeyStore } from './prisma-key-store.js'
import { createPrismaRevocationLog } from './prisma-revocation-log.js'
import { createPrismaStoreStatus } from './prisma-store-status.js'
import { createPrismaStoredTokenStore } from './prisma-stored-token-store.js'
import { createPrismaUserStore } from './prisma-user-store.js'
import { createGrantsTarget } from './purge/grants-target.js'
import { createRevocationsTarget } from './purge/revocations-target.js'
import { createStoredTokensTarget } from './purge/stored-tokens-target.js'
import { makePrivateFile, withMigrationConnection } from './sqlite-file.js'

export interface DatabaseOptions {
  readonly file: string
  /** How long revocation entries and rows of tokens and grants stay after the last expiry. */
  readonly keepAfterExpiry: Seconds
  readonly maxClockSkew: Seconds
  /** Told of every statement at the driver, as it is sent. */
  readonly onStatement?: (sql: string) => void
}

/** Everything that is remembered, in one database. */
export interface Database {
  readonly clients: ClientStore
  readonly users: UserStore
  readonly keys: KeyStore
  readonly grants: GrantStore
  readonly storedTokens: StoredTokenStore
  readonly revocations: RevocationLog
  readonly heads: ChangeHeads
  readonly status: StoreStatus
  readonly purgeTargets: readonly PurgeTarget[]
  /**
   * Applies the migrations that are missing. `applied` are those of this call.
   * @throws CommandRefused when the database has migrations that these do not fit. @throws StoreUnavailable
   */
  migrate(): Promise<MigrationState>
  close(): Promise<void>
}

/** How long the driver waits for a file that another process is writing to. */
const BUSY_TIMEOUT_MS = 5_000

/** Read where the package has them; as far away from the compiled file as from this one. */
const MIGRATIONS = join(dirname(fileURLToPath(import.meta.url)), '../../../prisma/migrations/sqlite')

/** Opens the embedded database, making folder and file for their owner only. The schema may still be missing. @throws StoreUnavailable */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { file, keepAfterExpiry } = options
  const client = await connect(options)
  const session = createDatabaseSession(client)
  return {
    clients: createPrismaClientStore(session, options),
    users: createPrismaUserStore(session, options),
    keys: createPrismaKeyStore(session, options),
    grants: createPrismaGrantStore(session),
    storedTokens: createPrismaStoredTokenStore(session, keepAfterExpiry),
    revocations: createPrismaRevocationLog(session, options),
    heads: createPrismaChangeHeads(session),
    status: createPrismaStoreStatus(session, MIGRATIONS),
    purgeTargets: [createStoredTokensTarget(session), createGrantsTarget(session), createRevocationsTarget(session)],
    migrate: () =>
      session.run(() =>
        withMigrationConnection(file, async (connection) => {
          const applied = await migrateDatabase(connection, MIGRATIONS)
          return { applied, pending: (await readMigrationState(connection, MIGRATIONS)).pending }
        }),
      ),
    close: () => session.close(),
  }
}

async function connect({ file, onStatement }: DatabaseOptions): Promise<PrismaClient> {
  try {
    makePrivateFile(file)
    const url = pathToFileURL(file).href
    const adapter = new LibSqlConnection({ url, intMode: 'bigint', timeout: BUSY_TIMEOUT_MS }, onStatement ?? (() => undefined))
    const client = new PrismaClient({ adapter })
    await client.$connect()
    return client
  } catch (cause) {
    throw new StoreUnavailable('database', { cause })
  }
}
