import { OAuthError } from '../errors/oauth-error.js'
import { isReservedScope, isWithin, parseScopes, type Scopes } from '../model/scope.js'

/** RFC 6749 §3.3. Nothing asked: everything allowed but Jeton's own scopes. @throws OAuthError `invalid_scope` */
export function requestedScopes(requested: string | undefined, allowed: Scopes): Scopes {
  if (requested === undefined) return allowed.filter((scope) => !isReservedScope(scope))
  return narrowedScopes(requested, allowed)
}

/** RFC 6749 §6: what is asked has to be within what was granted. @throws OAuthError `invalid_scope` */
export function narrowedScopes(requested: string | undefined, granted: Scopes): Scopes {
  if (requested === undefined) return granted
  const scopes = parseScopes(requested)
  if (scopes === undefined) throw new OAuthError('invalid_scope', 'scope is malformed')
  if (!isWithin(scopes, granted)) throw new OAuthError('invalid_scope', 'scope goes beyond what may be granted')
  return scopes
}
