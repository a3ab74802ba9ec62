import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StoreUnavailable } from '../../errors/operational-errors.js'
import { type Seconds, seconds } from '../../model/time.js'
import type { TokenCleanup } from '../../stores/stored-token-store.js'
import type { MigrationState, Stores } from '../../stores/stores.js'
import { adoptSchema } from './adopt/adopt-schema.js'
import { createPrismaAdoption } from './adopt/prisma-adoption-store.js'
import type { RevocationLimits } from './append-revocations.js'
import { createDatabaseSession } from './database-session.js'
import type { ConnectionUse, Engine } from './engines/engine.js'
import type { ServerOptions } from './engines/server-options.js'
import type { SqliteOptions } from './engines/sqlite-engine.js'
import { type MigrationConnection, migrateDatabase, readMigrationState } from './migrate.js'
import { createPartitionDropper } from './partitions/partition-dropper.js'
import { AUDIT_TABLE, LOG_TABLE } from './partitions/partitioned-tables.js'
import { createPrismaPartitions } from './partitions/prisma-partitions.js'
import { createPrismaApplicationStore } from './prisma-application-store.js'
import { createPrismaChangeHeads } from './prisma-change-heads.js'
import { createPrismaClientStore } from './prisma-client-store.js'
import { createPrismaGrantStore } from './prisma-grant-store.js'
import { createPrismaKeyStore } from './prisma-key-store.js'
import { createPrismaLeaseStore } from './prisma-lease-store.js'
import { createPrismaNodeStore } from './prisma-node-store.js'
import { createPrismaOutboxStore } from './prisma-outbox-store.js'
import { createPrismaPurgeRuns } from './prisma-purge-runs.js'
import { createPrismaRevocationLog } from './prisma-revocation-log.js'
import { createPrismaStoreStatus } from './prisma-store-status.js'
import { createPrismaStoredTokenStore } from './prisma-stored-token-store.js'
import { createPrismaUserStore } from './prisma-user-store.js'
import { createBackupsTarget } from './purge/backups-target.js'
import { createDeadTokensTarget } from './purge/dead-tokens-target.js'
import { tablesBesideTokens } from './purge/delete-tokens.js'
import { createGrantsTarget } from './purge/grants-target.js'
import { createPartitionedTarget } from './purge/partitioned-target.js'
import { prepareEntries } from './purge/prepare-entries.js'
import { readPresentTables } from './purge/present-tables.js'
import { createPrismaKeptRows, createTableKeeping } from './purge/prisma-kept-rows.js'
import { createRegistryTargets } from './purge/registry-targets.js'
import { createRevocationsTarget } from './purge/revocations-target.js'
import { createSessionTargets } from './purge/session-targets.js'
import { createStoredTokensTarget } from './purge/stored-tokens-target.js'
import { createTokenAuditTarget } from './purge/token-audit-target.js'
import { createWso2Targets } from './purge/wso2-targets.js'

/** Which database, and what holds in it. */
export type DatabaseOptions = (SqliteOptions | ServerOptions) & {
  /** How long revocation entries and rows of tokens and grants stay after the last expiry. */
  readonly keepAfterExpiry: Seconds
  readonly maxClockSkew: Seconds
  /** What becomes of stored tokens that leave ACTIVE; by default they stay until they have expired. */
  readonly cleanup?: TokenCleanup
  /** How long an INACTIVE token of WSO2's stays whose refresh token never ends; by default 30 days. */
  readonly replayMemory?: Seconds
  /** How much time one partition covers at least; by default a day. */
  readonly partitionSpan?: Seconds
}

const REPLAY_MEMORY: Seconds = seconds(30 * 86_400)

/** Everything that is remembered, in one database. */
export interface Database extends Stores {
  /** How the pool is used now; undefined for the embedded database, which has none. */
  connections(): ConnectionUse | undefined
  close(): Promise<void>
}

/** How long one statement of taking over a database may last, in milliseconds: it may have to go through very many rows. */
const ADOPTION_TIMEOUT_MS = 6 * 60 * 60 * 1000

const DAY = seconds(86_400)

/** Read where the package has them; as far away from the compiled file as from this one. */
const MIGRATIONS = join(dirname(fileURLToPath(import.meta.url)), '../../../prisma/migrations')

/**
 * Opens the database; the embedded one is made where it is missing, for its owner only. The schema may still be missing.
 * @throws StoreUnavailable, whose cause says what is wrong
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { keepAfterExpiry, maxClockSkew, cleanup = { kind: 'off' }, replayMemory = REPLAY_MEMORY } = options
  const limits: RevocationLimits = { keepAfterExpiry, maxClockSkew, cleanup }
  const engine = await openEngine(options)
  const session = createDatabaseSession(engine)
  const { name } = engine.dialect
  const migrations = join(MIGRATIONS, name)
  const present = await session.run(readPresentTables).catch((error: unknown) => session.close().then(() => Promise.reject(error)))
  const keepingInTable = createTableKeeping()
  const tokens = { cleanup, beside: tablesBesideTokens(present) }
  return {
    clients: createPrismaClientStore(session, limits),
    applications: createPrismaApplicationStore(session, limits),
    users: createPrismaUserStore(session, limits),
    keys: createPrismaKeyStore(session, limits),
    grants: createPrismaGrantStore(session),
    storedTokens: createPrismaStoredTokenStore(session, limits),
    revocations: createPrismaRevocationLog(session, limits),
    outbox: createPrismaOutboxStore(session),
    heads: createPrismaChangeHeads(session),
    leases: createPrismaLeaseStore(session),
    nodes: createPrismaNodeStore(session),
    ...createPrismaAdoption(session, limits),
    status: createPrismaStoreStatus(session, migrations, name),
    purgeRuns: createPrismaPurgeRuns(session),
    keptRows: createPrismaKeptRows(session),
    purgeTargets: keepingInTable([
      createStoredTokensTarget(session, tokens),
      ...(cleanup.kind === 'audit' ? [createDeadTokensTarget(session, tokens)] : []),
      ...createWso2Targets(session, present, replayMemory),
      ...createRegistryTargets(session, present),
      createPartitionedTarget(session, createPartitionDropper(session, engine, AUDIT_TABLE), {
        byRow: (from) => createTokenAuditTarget(session, from),
      }),
      createGrantsTarget(session),
      createBackupsTarget(session),
      createPartitionedTarget(session, createPartitionDropper(session, engine, LOG_TABLE), {
        byRow: (from) => createRevocationsTarget(session, from),
        prepare: prepareEntries,
      }),
    ]),
    partitions: createPrismaPartitions(session, engine, { span: options.partitionSpan ?? DAY, keepAfterExpiry, cleanup }),
    sessionTargets: (rules) => keepingInTable(createSessionTargets(session, rules)),
    migrate: () => session.run(() => engine.withMigrationConnection((connection) => changeSchema(migrateDatabase, connection, migrations))),
    adopt: () =>
      session.run(() => engine.withMigrationConnection((connection) => changeSchema(adoptSchema, connection, migrations), ADOPTION_TIMEOUT_MS)),
    connections: () => engine.connections(),
    close: () => session.close(),
  }
}

async function changeSchema(change: typeof migrateDatabase, connection: MigrationConnection, folder: string): Promise<MigrationState> {
  const applied = await change(connection, folder)
  return { applied, pending: (await readMigrationState(connection, folder)).pending }
}

/** Only the client of this engine is loaded. */
async function openEngine(options: DatabaseOptions): Promise<Engine> {
  try {
    switch (options.engine) {
      case 'postgresql':
        return await (await import('./engines/postgresql-engine.js')).openPostgresql(options)
      case 'mysql':
        return await (await import('./engines/mysql-engine.js')).openMysql(options)
      default:
        return await (await import('./engines/sqlite-engine.js')).openSqlite(options)
    }
  } catch (cause) {
    throw new StoreUnavailable('database', { cause })
  }
}
