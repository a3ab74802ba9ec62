import type { Branded } from '../model/brand.js'
import type { AuthorizedType } from '../model/claims.js'
import type { ClientId, GrantId, Subject, TokenId } from '../model/ids.js'
import type { Scopes } from '../model/scope.js'
import type { EpochSeconds } from '../model/time.js'
import type { AdvanceOutcome, GrantAdvance } from './grant-store.js'

/** SHA-256 of an opaque token, lower-case hex. Opaque tokens carry 256 random bits or a MAC, so no slow hash is needed. */
export type TokenHash = Branded<string, 'TokenHash'>
/** WSO2's TOKEN_STATE. `INACTIVE`: rotated away by a refresh. A row does not change when its time runs out. */
export type StoredTokenState = 'ACTIVE' | 'INACTIVE' | 'EXPIRED' | 'REVOKED'

/** A stored opaque access token with the refresh token issued beside it: one row of IDN_OAUTH2_ACCESS_TOKEN. */
export interface StoredToken {
  readonly tokenId: TokenId
  readonly accessTokenHash: TokenHash
  /** undefined: none was issued. */
  readonly refreshTokenHash: TokenHash | undefined
  readonly clientId: ClientId
  readonly subject: Subject
  readonly authorizedType: AuthorizedType
  readonly username: string | undefined
  readonly grantType: string
  readonly scopes: Scopes
  /** The scopes that were granted, where a refresh has narrowed `scopes`. */
  readonly grantedScopes: Scopes
  readonly audience: readonly string[]
  readonly grantId: GrantId
  readonly grantedAt: EpochSeconds
  readonly generation: number
  readonly issuedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
  /** When the refresh token was made and when it expires; undefined where there is none. */
  readonly refreshIssuedAt: EpochSeconds | undefined
  readonly refreshExpiresAt: EpochSeconds | undefined
  readonly state: StoredTokenState
}

/** What a successor is before its refresh token's times are known: the grant's row decides those. */
export type StoredSuccessor = Omit<StoredToken, 'generation' | 'refreshIssuedAt' | 'refreshExpiresAt'>

export interface StoredTokenStore {
  /** Durable when it returns. @throws StoreUnavailable */
  insert(token: StoredToken): Promise<void>
  /** @throws StoreUnavailable */
  findByAccessToken(hash: TokenHash): Promise<StoredToken | undefined>
  /** The newest row that was issued with this refresh token, in whatever state. @throws StoreUnavailable */
  findByRefreshToken(hash: TokenHash): Promise<StoredToken | undefined>
  /**
   * Takes the grant's step (as GrantStore.advance) and stores the successor, in one transaction. The step itself turns the
   * grant's ACTIVE rows INACTIVE; a repetition in the grace adds a row. Nothing is stored for any other standing.
   * @throws StoreUnavailable
   */
  replace(step: GrantAdvance, successor: StoredSuccessor): Promise<AdvanceOutcome>
}
