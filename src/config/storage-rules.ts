import type { KeyValues } from './key-values.js'
import { DATABASE_KEYS } from './known-keys/database-keys.js'
import type { Key } from './known-keys/key.js'
import { KEYSTORE_KEYS } from './known-keys/keystore-keys.js'
import { REDIS_KEYS } from './known-keys/redis-keys.js'
import { SERVER_KEYS } from './known-keys/server-keys.js'
import { type CheckFile, LONGEST_PEM } from './read-file.js'
import { type DatabaseUrl, parseDatabaseUrl, refuseDatabaseUrl } from './server-database.js'

/** Rules between the keys of database, Redis and key store. */
export function checkStorage(values: KeyValues, checkFile: CheckFile): void {
  checkRedis(values)
  checkRedisTls(values, checkFile)
  if (!values.isSound(DATABASE_KEYS.type)) return
  const type = values.get(DATABASE_KEYS.type)
  if (type === 'sqlite') checkEmbedded(values)
  else checkServer(values, type, checkFile)
}

function checkServer(values: KeyValues, type: 'postgre' | 'mysql', checkFile: CheckFile): void {
  checkUrl(values, type)
  checkDatabaseTls(values, checkFile)
  if (type === 'postgre' && values.isPresent(DATABASE_KEYS.allowPublicKeyRetrieval)) {
    report(values, DATABASE_KEYS.allowPublicKeyRetrieval, 'no effect with type = "postgre": it is for MySQL')
  }
  if (!values.isPresent(KEYSTORE_KEYS.encryptionKey) && values.isSound(KEYSTORE_KEYS.encryptionKey)) {
    report(values, KEYSTORE_KEYS.encryptionKey, 'missing: with a database server all nodes need the same key; "openssl rand -hex 32" makes one')
  }
}

function checkDatabaseTls(values: KeyValues, checkFile: CheckFile): void {
  const { url, sslMode, sslCaFile } = DATABASE_KEYS
  if (![url, sslMode, sslCaFile].every(values.isSound)) return
  const [mode, named] = [values.get(sslMode) ?? 'disable', values.get(url) ?? '']
  if (values.isPresent(sslMode) && /[?&]ssl/.test(named)) report(values, sslMode, 'says again what url says: keep one of the two')
  if (mode === 'verify-ca' && !values.isPresent(sslCaFile)) {
    report(values, sslCaFile, 'missing: with ssl_mode = "verify-ca" it says who may have signed; "verify-full" can do without')
  }
  if (mode !== 'verify-ca' && mode !== 'verify-full' && values.isPresent(sslCaFile)) {
    report(values, sslCaFile, `no effect with ssl_mode = "${mode}", which looks at no certificate`)
  }
  checkCaFile(values, sslCaFile, checkFile)
}

function checkCaFile(values: KeyValues, key: Key<string | undefined>, checkFile: CheckFile): void {
  const name = values.get(key)
  const failure = name === undefined ? undefined : checkFile(name, LONGEST_PEM)
  if (failure !== undefined) report(values, key, `the file cannot be read: ${failure}`)
}

const report = (values: KeyValues, key: Key<unknown>, message: string): void => values.report(key.path.split('.'), message)

function checkEmbedded(values: KeyValues): void {
  const workers = values.get(SERVER_KEYS.workers)
  if (values.isSound(SERVER_KEYS.workers) && workers !== 1) {
    report(values, SERVER_KEYS.workers, 'SQLite is served by one process: more workers need a database server (database.identity_db.type)')
  }
  if (values.isPresent(DATABASE_KEYS.url)) {
    report(values, DATABASE_KEYS.url, 'a URL names a database server: set type = "postgre" or "mysql"; with type = "sqlite" the file is "name"')
  }
}

function checkUrl(values: KeyValues, type: 'postgre' | 'mysql'): void {
  const url = values.isSound(DATABASE_KEYS.url) ? values.get(DATABASE_KEYS.url) : undefined
  if (url === undefined) {
    if (!values.isPresent(DATABASE_KEYS.url)) checkParts(values, type)
    return
  }
  const refusal = refuseDatabaseUrl(url, type)
  if (refusal !== undefined) {
    report(values, DATABASE_KEYS.url, `expected ${refusal}`)
    return
  }
  for (const key of [DATABASE_KEYS.hostname, DATABASE_KEYS.port, DATABASE_KEYS.name]) {
    if (values.isPresent(key)) report(values, key, 'says again what url says: keep one of the two')
  }
  checkUser(values, parseDatabaseUrl(url))
}

function checkUser(values: KeyValues, url: Pick<DatabaseUrl, 'username' | 'password'> | undefined): void {
  if (url?.username === undefined && !values.isPresent(DATABASE_KEYS.username) && values.isSound(DATABASE_KEYS.username)) {
    report(values, DATABASE_KEYS.username, 'missing: the url names no user')
  }
  if (url?.username !== undefined && values.isPresent(DATABASE_KEYS.username)) {
    report(values, DATABASE_KEYS.username, 'says again what url says: keep one of the two')
  }
  if (url?.password !== undefined && values.isPresent(DATABASE_KEYS.password)) {
    report(values, DATABASE_KEYS.password, 'says again what url says: keep one of the two')
  }
}

function checkParts(values: KeyValues, type: string): void {
  for (const key of [DATABASE_KEYS.name, DATABASE_KEYS.username]) {
    if (!values.isPresent(key) && values.isSound(key)) report(values, key, `missing: type = "${type}" needs it, or a url`)
  }
}

function checkRedisTls(values: KeyValues, checkFile: CheckFile): void {
  const { url, tls, caFile } = REDIS_KEYS
  if (![url, tls, caFile].every(values.isSound)) return
  const named = values.get(url)
  if (named !== undefined && values.isPresent(tls)) report(values, tls, 'is for sentinels and nodes: a url begins with rediss: for TLS')
  const isTls = named === undefined ? values.get(tls) : named.startsWith('rediss:')
  if (!isTls && values.isPresent(caFile)) report(values, caFile, 'no effect without TLS: a url that begins with rediss:, or redis.tls = true')
  checkCaFile(values, caFile, checkFile)
}

function checkRedis(values: KeyValues): void {
  const places = [REDIS_KEYS.url, REDIS_KEYS.sentinels, REDIS_KEYS.nodes]
  const [first, ...others] = places.filter((key) => values.isPresent(key))
  for (const other of others)
    report(values, other, `only one of url, sentinels and nodes can say where Redis is, and "${first?.path}" stands here too`)
  for (const key of [REDIS_KEYS.name, REDIS_KEYS.username, REDIS_KEYS.password, REDIS_KEYS.tls, REDIS_KEYS.keyPrefix]) {
    if (first === undefined && values.isPresent(key) && places.every(values.isSound))
      report(values, key, 'no effect without redis.url, redis.sentinels or redis.nodes')
  }
  if (first !== undefined && first !== REDIS_KEYS.sentinels && values.isPresent(REDIS_KEYS.name)) {
    report(values, REDIS_KEYS.name, 'the name is for sentinels; a number behind the url chooses a database')
  }
}
