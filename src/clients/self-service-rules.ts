import { CommandRefused } from '../errors/operational-errors.js'
import { type Caller, mayGiveScope } from '../model/caller.js'
import type { Client } from '../model/client.js'
import { parseScopes } from '../model/scope.js'
import type { ClientMetadata } from './client-metadata.js'

/**
 * What somebody who is no operator may not make of a client; what it is already, in `before`, it may stay.
 * @throws CommandRefused `invalid_grant_types`, `invalid_redirect_uris`, `invalid_scopes`
 */
export type AssertAllowed = (caller: Caller, wanted: ClientMetadata, before?: Client) => void

/** `grantTypes`: those that the server offers. */
export function createSelfServiceRules(grantTypes: readonly string[]): AssertAllowed {
  return (caller, wanted, before) => {
    const added = (values: readonly string[] | undefined, had: readonly string[] | undefined): readonly string[] =>
      (values ?? []).filter((value) => !had?.includes(value))
    if (!added(wanted.grantTypes, before?.grantTypes).every((type) => grantTypes.includes(type)))
      throw new CommandRefused('invalid_grant_types', `this server offers ${grantTypes.join(', ')}`)
    if (!added(wanted.redirectUris, before?.redirectUris).every(isExactRedirectUri))
      throw new CommandRefused(
        'invalid_redirect_uris',
        'a redirect URI is one exact URI: https, http of the loopback address, or of a private-use scheme (RFC 8252 §7), without a fragment and without *',
      )
    if (!added(parseScopes(wanted.scopes ?? ''), before?.scopes).every((scope) => mayGiveScope(caller, scope)))
      throw new CommandRefused('invalid_scopes', 'this token may not give a client these scopes')
  }
}

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
/** RFC 8252 §7.1: the reverse of a domain name. */
const PRIVATE_USE_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/

/** RFC 9700 §2.1, RFC 8252 §7: compared to the letter, so nothing in it may stand for something else. */
function isExactRedirectUri(value: string): boolean {
  if (/[#*\\\s]/.test(value) || !URL.canParse(value)) return false
  const { protocol, hostname, username, password } = new URL(value)
  if (username !== '' || password !== '') return false
  // The parser forgives what a client would not: a missing slash, a third one.
  if (protocol === 'https:') return /^https:\/\/[^/]/i.test(value)
  if (protocol === 'http:') return /^http:\/\/[^/]/i.test(value) && LOOPBACK.includes(hostname)
  return PRIVATE_USE_SCHEME.test(protocol)
}
