import { resolve } from 'node:path'
import type { KeyValues } from './key-values.js'
import { DATABASE_KEYS } from './known-keys/database-keys.js'
import { REDIS_KEYS } from './known-keys/redis-keys.js'
import { DEFAULT_PORTS, parseDatabaseUrl } from './server-database.js'
import type { DatabaseSettings, RedisSettings, ServerDatabaseSettings } from './settings.js'

const DEFAULT_FILE = 'data/jeton.db'
const DEFAULT_HOST = 'localhost'
const POOL = { maxActive: 10, maxWaitMs: 2000 }

/** Only for values in which no problem was found. A relative path starts at `folder`. */
export function databaseSettings(values: KeyValues, folder: string): DatabaseSettings {
  const [type, name] = [values.get(DATABASE_KEYS.type), values.get(DATABASE_KEYS.name)]
  if (type === 'sqlite') return { type, file: resolve(folder, name ?? DEFAULT_FILE), isDefault: name === undefined }
  return {
    type,
    ...serverAddress(values, type),
    tls: databaseTls(values, folder),
    allowPublicKeyRetrieval: values.get(DATABASE_KEYS.allowPublicKeyRetrieval) ?? false,
    maxConnections: values.get(DATABASE_KEYS.maxActive) ?? POOL.maxActive,
    maxWaitMs: values.get(DATABASE_KEYS.maxWait) ?? POOL.maxWaitMs,
  }
}

function serverAddress(
  values: KeyValues,
  type: ServerDatabaseSettings['type'],
): Pick<ServerDatabaseSettings, 'hostname' | 'port' | 'name' | 'username' | 'password' | 'parameters'> {
  const url = values.get(DATABASE_KEYS.url)
  const named = url === undefined ? undefined : parseDatabaseUrl(url)
  return {
    hostname: named?.hostname ?? values.get(DATABASE_KEYS.hostname) ?? DEFAULT_HOST,
    port: named?.port ?? values.get(DATABASE_KEYS.port) ?? DEFAULT_PORTS[type],
    name: named?.name ?? values.get(DATABASE_KEYS.name) ?? '',
    username: named?.username ?? values.get(DATABASE_KEYS.username) ?? '',
    password: named?.password ?? values.get(DATABASE_KEYS.password) ?? '',
    parameters: named?.parameters ?? {},
  }
}

function databaseTls(values: KeyValues, folder: string): ServerDatabaseSettings['tls'] {
  const [mode, caFile] = [values.get(DATABASE_KEYS.sslMode) ?? 'disable', values.get(DATABASE_KEYS.sslCaFile)]
  return mode === 'disable' ? undefined : { mode, caFile: caFile === undefined ? undefined : resolve(folder, caFile) }
}

/** Only for values in which no problem was found. A relative path starts at `folder`. */
export function redisSettings(values: KeyValues, folder: string): RedisSettings | undefined {
  const [url, sentinels, nodes] = [values.get(REDIS_KEYS.url), values.get(REDIS_KEYS.sentinels), values.get(REDIS_KEYS.nodes)]
  const caFile = values.get(REDIS_KEYS.caFile)
  const common = {
    username: values.get(REDIS_KEYS.username),
    password: values.get(REDIS_KEYS.password),
    keyPrefix: values.get(REDIS_KEYS.keyPrefix) ?? 'jeton',
    caFile: caFile === undefined ? undefined : resolve(folder, caFile),
  }
  const isTls = values.get(REDIS_KEYS.tls) ?? false
  if (url !== undefined) return { kind: 'single', url, ...common }
  if (sentinels !== undefined) return { kind: 'sentinel', sentinels, name: values.get(REDIS_KEYS.name) ?? 'mymaster', isTls, ...common }
  return nodes === undefined ? undefined : { kind: 'cluster', nodes, isTls, ...common }
}
