import type { ServerAddress } from '../adapters/prisma/engines/server-options.js'
import { type Database, openDatabase } from '../adapters/prisma/open-database.js'
import { tryTakeDatabaseLock } from '../adapters/system/database-lock.js'
import { makeEncryptionKeyFile, readEncryptionKeyFile } from '../adapters/system/encryption-key-file.js'
import type { EmbeddedDatabaseSettings, ServerDatabaseSettings, Settings } from '../config/settings.js'
import { CommandRefused } from '../errors/operational-errors.js'
import type { Stores } from '../stores/stores.js'
import { readPem } from './read-pem.js'
import type { Among } from './resources.js'

/** The database, and what opens the keys in it. */
export interface OpenStorage {
  readonly stores: Stores
  readonly encryptionKeys: readonly Buffer[]
  /** Of a database that several nodes share. */
  readonly among?: Among
  close(): Promise<void>
}

/** @returns undefined when another process has the embedded database. @throws StoreUnavailable @throws CommandRefused */
export function openStorage(settings: Settings): Promise<OpenStorage | undefined> {
  const { database } = settings
  return database.type === 'sqlite' ? openEmbedded(settings, database) : openServer(settings, database)
}

/** Under the lock of the file, with its schema up to date. */
async function openEmbedded(
  { revocation, cleanup, purge, keystore }: Settings,
  { file }: EmbeddedDatabaseSettings,
): Promise<OpenStorage | undefined> {
  const lock = tryTakeDatabaseLock(file)
  if (lock === undefined) return undefined
  try {
    const database = await openDatabase({ file, ...revocation, cleanup, replayMemory: purge.replayMemory })
    await database.migrate()
    const encryptionKeys = keystore.encryptionKeys.length > 0 ? keystore.encryptionKeys : [await keyBeside(file, database)]
    return {
      stores: database,
      encryptionKeys,
      async close() {
        await database.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Its schema is brought up to date by `jeton migrate` only: no node may change it under the others. */
async function openServer({ revocation, cleanup, purge, keystore }: Settings, server: ServerDatabaseSettings): Promise<OpenStorage> {
  const database = await openDatabase({
    engine: server.type === 'mysql' ? 'mysql' : 'postgresql',
    ...addressOf(server),
    tls: server.tls && { mode: server.tls.mode, ca: readPem(server.tls.caFile) },
    allowPublicKeyRetrieval: server.allowPublicKeyRetrieval,
    poolSize: server.maxConnections,
    connectTimeoutMs: server.maxWaitMs,
    ...revocation,
    cleanup,
    replayMemory: purge.replayMemory,
    partitionSpan: purge.partitionSpan,
  })
  return {
    stores: database,
    encryptionKeys: keystore.encryptionKeys,
    among: { leases: database.leases, nodes: database.nodes, connections: () => database.connections() },
    close: () => database.close(),
  }
}

/** Parameters can only be told in a URL. */
function addressOf({ type, hostname, port, name, username, password, parameters }: ServerDatabaseSettings): ServerAddress {
  if (type === 'mysql' || Object.keys(parameters).length === 0) return { host: hostname, port, name, username, password }
  const url = new URL(`postgresql://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}/${encodeURIComponent(name)}`)
  url.username = encodeURIComponent(username)
  url.password = encodeURIComponent(password)
  url.search = new URLSearchParams(parameters).toString()
  return { url: url.href }
}

/** The encryption key in the file beside the embedded database, which is made together with the first keys. */
async function keyBeside(file: string, { keys }: Pick<Database, 'keys'>): Promise<Buffer> {
  const keyFile = `${file}.key`
  const found = readEncryptionKeyFile(keyFile)
  if (found !== undefined) return found
  const listed = await keys.list()
  if (listed.keys.length > 0)
    throw new CommandRefused('no_encryption_key', `${keyFile} is missing, and with it what opens the keys in ${file}: put it back from a backup`)
  return makeEncryptionKeyFile(keyFile)
}
