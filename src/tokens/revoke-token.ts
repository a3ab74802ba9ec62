import { OAuthError } from '../errors/oauth-error.js'
import type { RevocableToken } from '../model/claims.js'
import type { Client } from '../model/client.js'
import type { ClientId } from '../model/ids.js'
import { ownerOf, type RevocationEntry, type RevocationKind } from '../model/revocation-entry.js'
import type { NewRevocation } from '../stores/revocation-log.js'
import type { FindAccessToken } from './read-access-token.js'
import type { FindRefreshToken } from './read-refresh-token.js'

export interface RevokeTokenNeeds {
  /** Finds a revoked one too. */
  readonly findAccessToken: FindAccessToken
  readonly findRefreshToken: FindRefreshToken
  /** The kind of an entry that hits the token. @throws StoreUnavailable */
  readonly refusal: (token: RevocableToken) => RevocationKind | undefined
  /** Makes it durable. @throws StoreUnavailable @throws Overloaded */
  readonly record: (revocation: NewRevocation) => Promise<RevocationEntry>
}

/** A token that this request has revoked, and in whose name it was. */
export interface RevokedToken extends Pick<RevocableToken, 'subject' | 'authorizedType'> {
  /** Of kind `token` for an access token, `grant` for a refresh token. */
  readonly entry: RevocationEntry
  /** The user's name, where a row tells it. */
  readonly username: string | undefined
}

/** Revokes by the token's value; `client` undefined: an operator asks, who may revoke anybody's. @returns undefined when there was nothing to revoke. */
export type RevokeToken = (value: string, client?: Client) => Promise<RevokedToken | undefined>

/**
 * RFC 7009 §2.1, §2.2: an access token ends itself, a refresh token its whole grant. What is no good token any more, or never
 * was one of this server's, is no error. `token_type_hint` is not needed: a token says itself what it is.
 * @throws OAuthError `unauthorized_client` for another client's token.
 */
export function createTokenRevocation({ findAccessToken, findRefreshToken, refusal, record }: RevokeTokenNeeds): RevokeToken {
  return async (value, client) => {
    const refresh = await findRefreshToken(value)
    if (refresh !== undefined) {
      assertOwn(refresh.clientId, client)
      // Only its own entry is as good: a wider one that this node knows may have been taken back elsewhere (an account enabled again).
      if (refusal(refresh) === 'grant') return undefined
      return revoked(await record({ kind: 'grant', id: refresh.grantId, owner: ownerOf(refresh) }), refresh, refresh.username)
    }
    const access = await findAccessToken(value)
    if (access === undefined) return undefined
    assertOwn(access.claims.clientId, client)
    const revokedBy = refusal(access.claims)
    if (revokedBy === 'token' || revokedBy === 'grant') return undefined
    const { tokenId, expiresAt } = access.claims
    const entry = await record({ kind: 'token', id: tokenId, expiresAt, owner: ownerOf(access.claims) })
    return revoked(entry, access.claims, access.username)
  }
}

function revoked(entry: RevocationEntry, { subject, authorizedType }: RevocableToken, username: string | undefined): RevokedToken {
  return { entry, subject, authorizedType, username }
}

function assertOwn(owner: ClientId, client: Client | undefined): void {
  if (client !== undefined && client.id !== owner) throw new OAuthError('unauthorized_client', 'the token was not issued to this client')
}
