import type { ClientId, GrantId, KeyId, Subject, TokenId } from './ids.js'
import type { Scopes } from './scope.js'
import type { EpochSeconds } from './time.js'

/** `aut`, WSO2's claim: whether the subject is the application itself or a user of it. */
export type AuthorizedType = 'APPLICATION' | 'APPLICATION_USER'

/** What tells whether a revocation entry hits a token. Access tokens, refresh tokens and stored tokens all have it. */
export interface RevocableToken {
  readonly tokenId: TokenId
  readonly grantId: GrantId | undefined
  /** undefined for a stored token, which no key signed. */
  readonly keyId: KeyId | undefined
  readonly clientId: ClientId
  readonly subject: Subject
  readonly authorizedType: AuthorizedType
  /** When the grant was made (`grant_iat`), else when the token was (`iat`). */
  readonly grantedAt: EpochSeconds
}

/** An access token that has been found good in form, signature and time; RFC 9068 §2.2. */
export interface AccessTokenClaims extends RevocableToken {
  readonly issuer: string
  /** Whether a row of the server's says if it still is good. The token tells: one that is not stored has `entity_id`. */
  readonly isStored: boolean
  readonly audience: readonly string[]
  readonly scopes: Scopes
  readonly issuedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
}

/** A refresh token that has been found good in form, signature and time. */
export interface RefreshTokenClaims extends RevocableToken {
  readonly grantId: GrantId
  readonly generation: number
  readonly scopes: Scopes
  readonly audience: readonly string[]
  readonly issuedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
}

/** A refresh token as it was presented, whatever its form. */
export interface PresentedRefreshToken extends RefreshTokenClaims {
  /** As it came over the wire. */
  readonly value: string
  /** Whether it was issued with a row of its own, or says everything itself. */
  readonly isStored: boolean
  /** The user's name, where a row tells it. */
  readonly username: string | undefined
  /** The `grant_type` by which the grant was first made, where that is known. */
  readonly grantType: string | undefined
}
