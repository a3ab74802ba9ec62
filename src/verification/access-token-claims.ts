import type { AccessTokenClaims, AuthorizedType } from '../model/claims.js'
import { clientId, grantId, type KeyId, subject, tokenId } from '../model/ids.js'
import { parseScopes, type Scopes } from '../model/scope.js'
import { type EpochSeconds, epochSeconds } from '../model/time.js'

/**
 * Reads the claims of an access token (RFC 9068 §2.2, and Jeton's `aut`, `grant_id`, `grant_iat`) by form alone: nothing is
 * coerced, times are whole seconds, and `exp` does not lie before `iat`. Without `entity_id` the token is stored. Without `grant_iat` the grant counts as made at `iat`.
 * @returns undefined when one is missing or of another form.
 */
export function parseAccessTokenClaims(payload: Readonly<Record<string, unknown>>, keyId: KeyId): AccessTokenClaims | undefined {
  const audience = parseAudience(payload.aud)
  const scopes = parseScopeClaim(payload.scope)
  const { iss, sub, jti, client_id: client, iat, exp, grant_id: grant, grant_iat: grantIat = iat, aut } = payload
  if (typeof iss !== 'string' || !isText(sub) || !isText(jti) || !isText(client) || !isInstant(iat) || !isInstant(exp) || exp < iat) return undefined
  if (audience === undefined || scopes === undefined || !isAuthorizedType(aut) || !isInstant(grantIat)) return undefined
  if (grant !== undefined && !isText(grant)) return undefined
  return {
    tokenId: tokenId(jti),
    grantId: grant === undefined ? undefined : grantId(grant),
    keyId,
    clientId: clientId(client),
    subject: subject(sub),
    authorizedType: aut,
    grantedAt: epochSeconds(grantIat),
    issuer: iss,
    isStored: payload.entity_id === undefined,
    audience,
    scopes,
    issuedAt: epochSeconds(iat),
    expiresAt: epochSeconds(exp),
  }
}

const LONGEST = 255
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= LONGEST
const isInstant = (value: unknown): value is EpochSeconds => Number.isSafeInteger(value)
const isAuthorizedType = (value: unknown): value is AuthorizedType => value === 'APPLICATION' || value === 'APPLICATION_USER'

/** RFC 7519 §4.1.3: one string or an array of them. */
function parseAudience(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.length > 0 && list.every((one): one is string => typeof one === 'string' && one !== '') ? list : undefined
}

/** RFC 9068 §2.2.3: absent where nothing was granted. */
function parseScopeClaim(value: unknown): Scopes | undefined {
  if (value === undefined) return []
  return typeof value === 'string' ? parseScopes(value) : undefined
}
