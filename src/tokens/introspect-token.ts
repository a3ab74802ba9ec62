import type { AccessTokenClaims, PresentedRefreshToken, RevocableToken } from '../model/claims.js'
import type { Client } from '../model/client.js'
import type { GraceSettings } from '../model/grant.js'
import type { Subject } from '../model/ids.js'
import { formatScopes } from '../model/scope.js'
import type { GrantStore } from '../stores/grant-store.js'
import type { FindAccessToken } from './read-access-token.js'
import type { FindRefreshToken } from './read-refresh-token.js'

/** RFC 7662 §2.2. */
export type Introspection = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>)

export interface IntrospectNeeds {
  readonly findAccessToken: FindAccessToken
  readonly findRefreshToken: FindRefreshToken
  readonly isRevoked: (token: RevocableToken) => boolean
  readonly grants: Pick<GrantStore, 'judge'>
  /** The user's name from memory; undefined when it is not known without asking. */
  readonly findUsername: (subject: Subject) => Promise<string | undefined>
  readonly grace: GraceSettings
  readonly issuer: string
}

export interface IntrospectionRequest {
  readonly value: string
  readonly client: Client
  /** `token_type_hint`, RFC 7662 §2.1. */
  readonly hint: string | undefined
}

/** @throws StoreUnavailable when it cannot be judged. */
export type Introspect = (request: IntrospectionRequest) => Promise<Introspection>

const INACTIVE: Introspection = { active: false }

/**
 * RFC 7662. Unstored access tokens are judged from memory. Whoever may not see a token, and whatever is wrong with it, gets
 * `{"active":false}` and nothing else (§2.2). A refresh token is told of only to its own client, which has to ask for one.
 */
export function createIntrospection(needs: IntrospectNeeds): Introspect {
  const { findAccessToken, findRefreshToken, isRevoked, grants, findUsername, grace, issuer } = needs

  async function introspectRefreshToken({ value, client }: IntrospectionRequest): Promise<Introspection> {
    const presented = await findRefreshToken(value)
    if (presented === undefined || presented.clientId !== client.id || isRevoked(presented)) return INACTIVE
    const standing = await grants.judge(presented.grantId, presented.generation, grace)
    return standing === 'current' ? { active: true, iss: issuer, ...refreshAnswer(presented) } : INACTIVE
  }

  return async (request) => {
    const found = await findAccessToken(request.value)
    if (found === undefined) return request.hint === 'refresh_token' ? introspectRefreshToken(request) : INACTIVE
    if (!maySee(request.client, found.claims)) return INACTIVE
    const isUser = found.claims.authorizedType === 'APPLICATION_USER'
    const username = isUser ? (found.username ?? (await findUsername(found.claims.subject))) : undefined
    return { active: true, ...accessAnswer(found.claims), ...(username === undefined ? {} : { username }) }
  }
}

/** A client sees tokens issued to it and tokens meant for it. */
function maySee(client: Client, claims: AccessTokenClaims): boolean {
  if (client.id === claims.clientId || client.scopes.includes('introspect_any')) return true
  return claims.audience.some((audience) => client.audiences.includes(audience))
}

function accessAnswer(claims: AccessTokenClaims) {
  return {
    iss: claims.issuer,
    sub: claims.subject,
    aud: claims.audience.length === 1 ? claims.audience[0] : claims.audience,
    client_id: claims.clientId,
    scope: formatScopes(claims.scopes),
    exp: claims.expiresAt,
    iat: claims.issuedAt,
    jti: claims.tokenId,
    token_type: 'Bearer',
    aut: claims.authorizedType,
    grant_id: claims.grantId,
  }
}

function refreshAnswer(presented: PresentedRefreshToken) {
  return {
    sub: presented.subject,
    client_id: presented.clientId,
    scope: formatScopes(presented.scopes),
    exp: presented.expiresAt,
    iat: presented.issuedAt,
    aut: presented.authorizedType,
    grant_id: presented.grantId,
    token_type: 'refresh_token',
  }
}
