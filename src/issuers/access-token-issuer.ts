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

/** The lifetime in force for the tokens of this authorization: the client's own, else the server's. */
export function accessTokenLifetime({ authorizedType, client }: Authorization, lifetimes: AccessTokenLifetimes): Seconds {
  const [own, ofServer] = [client.lifetimes ?? {}, lifetimes]
  return authorizedType === 'APPLICATION'
    ? (own.applicationAccessToken ?? ofServer.applicationAccessToken)
    : (own.userAccessToken ?? ofServer.userAccessToken)
}

/** The same for refresh tokens, `ofServer` in seconds. */
export function refreshTokenLifetime({ client }: Pick<Authorization, 'client'>, ofServer: Seconds): Seconds {
  return client.lifetimes?.refreshToken ?? ofServer
}
