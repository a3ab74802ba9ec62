import { OAuthError } from '../errors/oauth-error.js'
import type { Client } from '../model/client.js'
import { isReservedScope, type Scopes } from '../model/scope.js'

export interface AudienceSettings {
  readonly issuer: string
  /** Of clients that have no audience of their own: the issuer, the client's id as WSO2 does, or these. */
  readonly defaultAudience: 'issuer' | 'client_id' | readonly string[]
}

/**
 * `aud`: the resources asked for (RFC 8707 §2) where the client may, else the client's audiences, else the default.
 * A token that opens Jeton's own endpoints has the issuer in it too. @throws OAuthError `invalid_target`
 */
export function requestedAudience(
  resources: readonly string[],
  { client, scopes }: { readonly client: Client; readonly scopes: Scopes },
  settings: AudienceSettings,
): readonly string[] {
  if (!resources.every((resource) => client.audiences.includes(resource)))
    throw new OAuthError('invalid_target', 'this client may not ask for this resource')
  const audience = resources.length > 0 ? resources : defaultAudience(client, settings)
  return withIssuer(audience, scopes, settings.issuer)
}

/** RFC 8707 §2.2: of a refresh, within what was granted. @throws OAuthError `invalid_target` */
export function narrowedAudience(
  resources: readonly string[],
  granted: readonly string[],
  { scopes, issuer }: { readonly scopes: Scopes; readonly issuer: string },
): readonly string[] {
  if (!resources.every((resource) => granted.includes(resource))) throw new OAuthError('invalid_target', 'resource goes beyond what was granted')
  return withIssuer(resources.length > 0 ? resources : granted, scopes, issuer)
}

function defaultAudience(client: Client, { defaultAudience: fallback, issuer }: AudienceSettings): readonly string[] {
  if (client.audiences.length > 0) return client.audiences
  if (fallback === 'issuer') return [issuer]
  return fallback === 'client_id' ? [client.id] : fallback
}

function withIssuer(audience: readonly string[], scopes: Scopes, issuer: string): readonly string[] {
  const unique = [...new Set(audience)]
  return scopes.some(isReservedScope) && !unique.includes(issuer) ? [...unique, issuer] : unique
}
