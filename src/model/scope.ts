/** Scope tokens without repetition, in the order they were first named. */
export type Scopes = readonly string[]

/** RFC 6749 §3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`. */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/

const RESERVED: readonly string[] = ['revocation_feed', 'introspect_any', 'jeton:admin']
/** WSO2's, of its portal and of its registration of clients. */
const RESERVED_PREFIXES: readonly string[] = ['apim:', 'internal_dcr_']

/** Scopes that open Jeton's own endpoints. Never granted unless asked for by name. */
export function isReservedScope(scope: string): boolean {
  return RESERVED.includes(scope) || RESERVED_PREFIXES.some((prefix) => scope.startsWith(prefix))
}

/** The scopes without those that only this server may have granted: another one may have given away what has such a name. */
export function withoutOwnScopes(scopes: Scopes): Scopes {
  return scopes.filter((scope) => !RESERVED.includes(scope))
}

/**
 * Reads a `scope` value (RFC 6749 §3.3): tokens separated by single spaces. A repeated token counts once.
 * @returns undefined when the value is not of that form; the empty string is no scope.
 */
export function parseScopes(value: string): Scopes | undefined {
  if (value === '') return []
  const tokens = value.split(' ')
  return tokens.every((token) => SCOPE_TOKEN.test(token)) ? [...new Set(tokens)] : undefined
}

/** The `scope` value of RFC 6749 §3.3. */
export function formatScopes(scopes: Scopes): string {
  return scopes.join(' ')
}

/** Whether every scope of `inner` is in `outer`. */
export function isWithin(inner: Scopes, outer: Scopes): boolean {
  return inner.every((scope) => outer.includes(scope))
}
