import { OAuthError } from '../errors/oauth-error.js'
import type { RevocableToken } from '../model/claims.js'
import type { Client } from '../model/client.js'
import type { ClientId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { NewRevocation } from '../stores/revocation-log.js'
import type { FindAccessToken } from './read-access-token.js'
import type { FindRefreshToken } from './read-refresh-token.js'

export interface RevokeTokenNeeds {
  readonly findAccessToken: FindAccessToken
  readonly findRefreshToken: FindRefreshToken
  readonly isRevoked: (token: RevocableToken) => boolean
  /** Makes it durable. @throws StoreUnavailable @throws Overloaded */
  readonly record: (revocation: NewRevocation) => Promise<RevocationEntry>
}

/** Revokes by the token's value; `client` undefined: an operator asks, who may revoke anybody's. @returns undefined when there was nothing to revoke. */
export type RevokeToken = (value: string, client?: Client) => Promise<RevocationEntry | undefined>

/**
 * RFC 7009 §2.1, §2.2: an access token ends itself, a refresh token its whole grant. What is no good token any more, or never
 * was one of this server's, is no error. `token_type_hint` is not needed: a token says itself what it is.
 * @throws OAuthError `unauthorized_client` for another client's token.
 */
export function createTokenRevocation({ findAccessToken, findRefreshToken, isRevoked, record }: RevokeTokenNeeds): RevokeToken {
  return async (value, client) => {
    const refresh = await findRefreshToken(value)
    if (refresh !== undefined) {
      assertOwn(refresh.clientId, client)
      if (isRevoked(refresh)) return undefined
      return record({ kind: 'grant', id: refresh.grantId })
    }
    const access = await findAccessToken(value)
    if (access === undefined) return undefined
    assertOwn(access.claims.clientId, client)
    return record({ kind: 'token', id: access.claims.tokenId, expiresAt: access.claims.expiresAt })
  }
}

function assertOwn(owner: ClientId, client: Client | undefined): void {
  if (client !== undefined && client.id !== owner) throw new OAuthError('unauthorized_client', 'the token was not issued to this client')
}
