import type { Authorization } from '../model/authorization.js'
import type { TokenId } from '../model/ids.js'
import type { EpochSeconds, Seconds } from '../model/time.js'

/** An access token that nobody has been given yet. */
export interface IssuedAccessToken {
  readonly value: string
  readonly tokenId: TokenId
  readonly issuedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
  readonly expiresIn: Seconds
}

/** How long access tokens live: of an application itself, and of its users. */
export interface AccessTokenLifetimes {
  readonly applicationAccessToken: Seconds
  readonly userAccessToken: Seconds
}

/** Turns a decision into an access token; remembers nothing. @throws StoreUnavailable when there is no key to sign with. */
export type IssueAccessToken = (authorization: Authorization) => IssuedAccessToken

/** The lifetime in force for the tokens of this authorization. */
export function accessTokenLifetime({ authorizedType }: Authorization, lifetimes: AccessTokenLifetimes): Seconds {
  return authorizedType === 'APPLICATION' ? lifetimes.applicationAccessToken : lifetimes.userAccessToken
}
