import { DATABASE_KEYS } from './database-keys.js'
import type { Key } from './key.js'
import { KEYSTORE_KEYS } from './keystore-keys.js'
import { OAUTH_KEYS, RATE_LIMIT_KEYS } from './oauth-keys.js'
import { CLEANUP_KEYS, LOG_KEYS, PURGE_KEYS } from './operation-keys.js'
import { PERSISTENCE_KEYS } from './persistence-keys.js'
import { REDIS_KEYS } from './redis-keys.js'
import { SERVER_KEYS } from './server-keys.js'
import { LIFETIME_KEYS, RENEWAL_KEYS, REVOCATION_KEYS } from './token-keys.js'
import { WSO2_CHANNEL_KEYS } from './wso2-channel-keys.js'
import { WSO2_KEYS } from './wso2-keys.js'

const TABLES: readonly Readonly<Record<string, Key<unknown>>>[] = [
  SERVER_KEYS,
  OAUTH_KEYS,
  RATE_LIMIT_KEYS,
  LIFETIME_KEYS,
  RENEWAL_KEYS,
  PERSISTENCE_KEYS,
  REVOCATION_KEYS,
  WSO2_CHANNEL_KEYS,
  DATABASE_KEYS,
  REDIS_KEYS,
  KEYSTORE_KEYS,
  LOG_KEYS,
  PURGE_KEYS,
  CLEANUP_KEYS,
]

/** Every key that may stand in `deployment.toml`. */
export const KNOWN_KEYS: readonly Key<unknown>[] = [...TABLES.flatMap((table) => Object.values(table)), ...WSO2_KEYS]
