import type { AuthorizedType } from '../model/claims.js'
import type { ClientId, GrantId, Subject, TokenId } from '../model/ids.js'
import type { Scopes } from '../model/scope.js'
import type { EpochSeconds } from '../model/time.js'
import type { StoredTokenState } from './stored-token-store.js'

/** A token that another server (WSO2's) has stored, with the refresh token beside it. */
export interface AdoptedToken {
  readonly tokenId: TokenId
  readonly clientId: ClientId
  readonly subject: Subject
  readonly authorizedType: AuthorizedType
  readonly username: string | undefined
  readonly grantType: string | undefined
  readonly scopes: Scopes
  readonly issuedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
  readonly refreshIssuedAt: EpochSeconds
  readonly refreshExpiresAt: EpochSeconds
  /** Lower-case hexadecimal SHA-256 of the refresh token; undefined where there is none. */
  readonly refreshTokenDigest: string | undefined
  readonly state: StoredTokenState
  /** Whether it is a token of a grant here, which then says how far its refresh tokens have come. */
  readonly isClaimed: boolean
}

/** What makes a stored token one of a grant here. */
export interface AdoptedGrant {
  readonly grantId: GrantId
  readonly grantedAt: EpochSeconds
  readonly audience: readonly string[]
  readonly scopes: Scopes
  /** Of what lives longest of it. */
  readonly expiresAt: EpochSeconds
}

export interface AdoptedTokenStore {
  /** By an opaque access token. What is only the id of a JWT is none. @throws StoreUnavailable */
  findByAccessToken(value: string): Promise<AdoptedToken | undefined>
  /** By the `jti` of a JWT. @throws StoreUnavailable */
  findByTokenId(id: TokenId): Promise<AdoptedToken | undefined>
  /** The newest that was issued with this refresh token; one that may be refreshed before all others. @throws StoreUnavailable */
  findByRefreshToken(value: string): Promise<AdoptedToken | undefined>
  /** Makes it a token of the grant, if it is not one already. Changes nothing that the other server has written. @throws StoreUnavailable */
  claim(tokenId: TokenId, grant: AdoptedGrant): Promise<void>
}
