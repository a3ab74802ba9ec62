import type { KeyValues } from './key-values.js'
import { DATABASE_KEYS } from './known-keys/database-keys.js'
import type { Key } from './known-keys/key.js'
import { KNOWN_KEYS } from './known-keys/known-keys.js'
import { OAUTH_KEYS } from './known-keys/oauth-keys.js'
import { PURGE_KEYS } from './known-keys/operation-keys.js'
import { PERSISTENCE_KEYS } from './known-keys/persistence-keys.js'
import { REVOCATION_KEYS } from './known-keys/token-keys.js'
import type { Settings } from './settings.js'

const LONG_LIVED_SECONDS = 24 * 3600

/** What the file says that has no effect: one sentence for all keys of a table that share it. */
export function ineffectiveNotices(values: KeyValues): readonly string[] {
  const named = new Map<string, string[]>()
  for (const key of KNOWN_KEYS) {
    if (key.notice === undefined || !values.isPresent(key) || isInEffect(key, values)) continue
    const { table, name } = splitPath(key)
    const sentence = `[${table}]#${key.notice}`
    named.set(sentence, [...(named.get(sentence) ?? []), name])
  }
  return [...named].map(([sentence, names]) => {
    const [table, notice] = sentence.split('#', 2)
    return `${[table, names.join(', ')].filter((part) => part !== '').join(' ')}: ${notice}.`
  })
}

const OF_DATABASE_SERVERS: readonly Key<unknown>[] = Object.values(DATABASE_KEYS)

const { renewAccessTokenPerRequest, renewBeside, besideGrantTypes } = PERSISTENCE_KEYS
const OF_STORED_TOKENS: readonly Key<unknown>[] = [renewAccessTokenPerRequest, renewBeside, besideGrantTypes]

function isInEffect(key: Key<unknown>, values: KeyValues): boolean {
  if (key === OAUTH_KEYS.tokenTypeClaimsTimeout) return values.get(OAUTH_KEYS.tokenTypeIssuer) !== 'built-in'
  if (key === PURGE_KEYS.every) return values.get(PURGE_KEYS.schedule) === undefined
  if (key === PURGE_KEYS.timezone) return values.get(PURGE_KEYS.schedule) !== undefined
  if (key === REVOCATION_KEYS.perClientBurst) return values.get(REVOCATION_KEYS.perClientRate) !== 0
  if (OF_STORED_TOKENS.includes(key)) return values.get(PERSISTENCE_KEYS.enable)
  return OF_DATABASE_SERVERS.includes(key) && values.get(DATABASE_KEYS.type) !== 'sqlite'
}

/** What works as configured and is still worth a second look. */
export function doubtfulNotices(settings: Settings): readonly string[] {
  const notices: string[] = []
  const longest = Math.max(settings.lifetimes.applicationAccessToken, settings.lifetimes.userAccessToken)
  if (!settings.persistence.enable && longest > LONG_LIVED_SECONDS) {
    notices.push(
      '[oauth.token_validation] access tokens live longer than 24 h: without stored tokens, short lifetimes and refresh are the safer choice.',
    )
  }
  const isPublic = settings.https !== undefined || settings.server.behindTlsProxy
  if (isPublic && settings.oauth.issuer === undefined) {
    notices.push('[oauth] issuer is not set: tokens name http://localhost:<port>, which nobody elsewhere can resolve.')
  }
  return notices
}

function splitPath(key: Key<unknown>): { readonly table: string; readonly name: string } {
  const path = key.path.replaceAll('[]', '')
  const cut = path.lastIndexOf('.')
  return { table: path.slice(0, cut), name: path.slice(cut + 1).replace('*', '') }
}
