import { isLoopback } from '../model/loopback.js'
import type { KeyValues } from './key-values.js'
import { LATER } from './known-keys/key.js'
import { OAUTH_KEYS } from './known-keys/oauth-keys.js'
import { PERSISTENCE_KEYS } from './known-keys/persistence-keys.js'
import { SERVER_KEYS } from './known-keys/server-keys.js'
import { REVOCATION_KEYS } from './known-keys/token-keys.js'
import { type CheckFile, LONGEST_PEM } from './read-file.js'
import { checkStorage } from './storage-rules.js'
import { isTable, type TomlDocument } from './toml-document.js'
import type { KeyPath } from './toml-positions.js'
import { checkWso2Channel } from './wso2-settings.js'

const LONGEST_MODULE = 16 * 1024 * 1024

/** What no key shows by itself: rules between keys, and with the files that they name. */
export function checkRules(values: KeyValues, document: TomlDocument, checkFile: CheckFile): void {
  checkPlainHttp(values)
  checkHttps(values, checkFile)
  checkTokenTypes(values, document)
  checkOwnIssuer(values, checkFile)
  checkRetention(values)
  checkTokenBinding(values)
  checkWso2Channel(values)
  checkStorage(values, checkFile)
}

const pathOf = (key: { readonly path: string }): KeyPath => key.path.split('.')

function checkPlainHttp(values: KeyValues): void {
  if (![SERVER_KEYS.hostname, SERVER_KEYS.behindTlsProxy, SERVER_KEYS.httpsEnable].every(values.isSound)) return
  const isCovered = values.get(SERVER_KEYS.behindTlsProxy) || values.get(SERVER_KEYS.httpsEnable)
  if (isCovered || isLoopback(values.get(SERVER_KEYS.hostname))) return
  const remedy = 'set server.behind_tls_proxy = true behind a proxy that ends TLS, or turn on [transport.https]'
  values.report(pathOf(SERVER_KEYS.hostname), `plain HTTP on an address that is not loopback: ${remedy}`)
}

function checkHttps(values: KeyValues, checkFile: CheckFile): void {
  if (!values.get(SERVER_KEYS.httpsEnable)) return
  for (const key of [SERVER_KEYS.httpsCertificateFile, SERVER_KEYS.httpsKeyFile]) {
    const name = values.get(key)
    const failure = name === undefined ? undefined : checkFile(name, LONGEST_PEM)
    if (name === undefined && values.isSound(key)) values.report(pathOf(key), 'missing: transport.https.enable = true needs it')
    if (failure !== undefined) values.report(pathOf(key), `the file cannot be read: ${failure}`)
  }
  const port = values.get(SERVER_KEYS.httpsPort)
  if (port !== 0 && port === values.get(SERVER_KEYS.port)) values.report(pathOf(SERVER_KEYS.httpsPort), 'the same port as server.port')
}

/** An entry that leaves earlier than a clock may be behind lets a revoked token live again. */
function checkRetention(values: KeyValues): void {
  const { keepAfterExpiry, maxClockSkew } = REVOCATION_KEYS
  if (![keepAfterExpiry, maxClockSkew].every(values.isSound)) return
  if (values.get(keepAfterExpiry) < values.get(maxClockSkew)) values.report(pathOf(keepAfterExpiry), 'expected at least revocation.max_clock_skew')
}

function checkTokenBinding(values: KeyValues): void {
  const { enable, tokenBinding } = PERSISTENCE_KEYS
  if (!values.get(tokenBinding)) return
  const why = 'token binding compares each token with what was stored with it, and with oauth.token_persistence.enable = false nothing is stored'
  values.report(pathOf(tokenBinding), values.get(enable) ? `token binding ${LATER}: leave it false` : why)
}

/** Each `[[oauth.extensions.token_types]]` has to say what it is about. */
function checkTokenTypes(values: KeyValues, document: TomlDocument): void {
  const [table, name] = OAUTH_KEYS.tokenTypeName.path.split('[].')
  const path = (table ?? '').split('.')
  const types = path.reduce<unknown>((value, segment) => (isTable(value) ? value[segment] : undefined), document.root)
  if (!Array.isArray(types)) return
  for (const [index, type] of types.entries()) {
    for (const needed of [name ?? '', 'issuer']) {
      if (isTable(type) && !Object.hasOwn(type, needed)) values.report([...path, index, needed], `missing: each [[${table}]] needs it`)
    }
    const isRepeated = types.slice(0, index).some((other) => isTable(other) && isTable(type) && other.name === type.name)
    if (isRepeated) values.report([...path, index, name ?? ''], `named by more than one [[${table}]]`)
  }
}

/** Whether it is one is found when it is loaded. */
function checkOwnIssuer(values: KeyValues, checkFile: CheckFile): void {
  const issuer = values.get(OAUTH_KEYS.tokenTypeIssuer)
  const failure = issuer === 'built-in' ? undefined : checkFile(issuer.module, LONGEST_MODULE)
  if (failure !== undefined) values.report(values.pathOf(OAUTH_KEYS.tokenTypeIssuer), `the module cannot be read: ${failure}`)
}
