import { CommandRefused } from '../errors/operational-errors.js'
import { type ClientLifetimes, LONGEST_LIFETIME, type TokenType } from '../model/client.js'
import { parseScopes, type Scopes } from '../model/scope.js'
import { type Seconds, seconds } from '../model/time.js'

/** What an operator says about a client, not yet examined. Absent: the default, or as it is. */
export interface ClientMetadata {
  readonly name?: string
  readonly grantTypes?: readonly string[]
  /** A `scope` value, RFC 6749 §3.3. */
  readonly scopes?: string
  readonly audiences?: readonly string[]
  readonly redirectUris?: readonly string[]
  /** Of each kind of token in seconds, or 0 for the server's setting. */
  readonly lifetimes?: Readonly<Partial<Record<keyof ClientLifetimes, number>>>
}

const GRANT_TYPES: readonly string[] = ['client_credentials', 'password', 'refresh_token']
const LONGEST_NAME = 255
const LONGEST_AUDIENCE = 255
// Of WSO2's columns TOKEN_SCOPE and CALLBACK_URL.
const LONGEST_SCOPE = 100
const LONGEST_REDIRECT_URIS = 2000

const CONTROL_CHARACTER = /[\p{Cc}\p{Cs}]/u
const SPACE_OR_CONTROL_CHARACTER = /[\s\p{Cc}\p{Cs}]/u
/** Addresses that would run or show what the query of a redirect brings. */
const ACTIVE_SCHEMES: readonly string[] = ['javascript:', 'data:', 'vbscript:']

const refused = (what: string, message: string): CommandRefused => new CommandRefused(`invalid_${what}`, message)

export function parseClientName(value: string): string {
  const name = value.normalize('NFC').trim()
  if (name === '' || name.length > LONGEST_NAME || CONTROL_CHARACTER.test(name)) {
    throw refused('name', `a name has 1 to ${LONGEST_NAME} characters, and no control characters`)
  }
  return name
}

export function parseTokenType(value: string): TokenType {
  if (value === 'JWT' || value === 'OAUTH') return value
  throw refused('token_type', 'a token type is JWT or OAUTH')
}

/** RFC 6749 §4.4: client credentials are for confidential clients only. */
export function parseGrantTypes(values: readonly string[], { isPublic }: { readonly isPublic: boolean }): readonly string[] {
  const types = [...new Set(values)]
  if (types.includes('authorization_code')) throw new CommandRefused('not_available', 'the grant type authorization_code is not in this release')
  if (!types.every((type) => GRANT_TYPES.includes(type))) throw refused('grant_types', `grant types are ${GRANT_TYPES.join(', ')}`)
  if (isPublic && types.includes('client_credentials'))
    throw refused('grant_types', 'a public client may not have client_credentials (RFC 6749 §4.4)')
  return types
}

export function parseClientScopes(value: string): Scopes {
  const scopes = parseScopes(value)
  if (scopes?.every((scope) => scope.length <= LONGEST_SCOPE)) return scopes
  throw refused('scopes', `scopes are separated by single spaces, each of at most ${LONGEST_SCOPE} characters as RFC 6749 §3.3 allows them`)
}

/** RFC 7519 §2 StringOrURI: what has a colon in it is a URI. */
export function parseAudiences(values: readonly string[]): readonly string[] {
  const isAudience = (value: string): boolean =>
    value !== '' && value.length <= LONGEST_AUDIENCE && !SPACE_OR_CONTROL_CHARACTER.test(value) && (!value.includes(':') || URL.canParse(value))
  if (!values.every(isAudience))
    throw refused('audiences', `an audience is a URI or a plain name without spaces, of at most ${LONGEST_AUDIENCE} characters`)
  return [...new Set(values)]
}

/** RFC 6749 §3.1.2: absolute, without a fragment. Kept as given, since they are compared as strings (RFC 9700 §2.1). */
export function parseRedirectUris(values: readonly string[]): readonly string[] {
  if (!values.every(isRedirectUri)) throw refused('redirect_uris', 'a redirect URI is absolute and has no fragment (RFC 6749 §3.1.2)')
  if (values.join(' ').length > LONGEST_REDIRECT_URIS)
    throw refused('redirect_uris', `redirect URIs have ${LONGEST_REDIRECT_URIS} characters together at most`)
  return [...new Set(values)]
}

function isRedirectUri(value: string): boolean {
  if (value.includes('#') || SPACE_OR_CONTROL_CHARACTER.test(value) || !URL.canParse(value)) return false
  return !ACTIVE_SCHEMES.includes(new URL(value).protocol)
}

/** What is not named stays as it is in `before`. */
export function parseLifetimes(wanted: NonNullable<ClientMetadata['lifetimes']>, before: ClientLifetimes = {}): ClientLifetimes {
  const lifetimes: { -readonly [Kind in keyof ClientLifetimes]: Seconds } = { ...before }
  for (const kind of LIFETIMES) {
    const length = wanted[kind]
    if (length === undefined) continue
    if (!Number.isSafeInteger(length) || length < 0 || length > LONGEST_LIFETIME)
      throw refused('lifetime', `a lifetime is a whole number of seconds, of ${LONGEST_LIFETIME} at most`)
    if (length === 0) delete lifetimes[kind]
    else lifetimes[kind] = seconds(length)
  }
  return lifetimes
}

const LIFETIMES = ['applicationAccessToken', 'userAccessToken', 'refreshToken'] as const satisfies readonly (keyof ClientLifetimes)[]
