import { OAuthError } from '../errors/oauth-error.js'
import type { AccessTokenClaims } from '../model/claims.js'
import { userId } from '../model/ids.js'
import type { UserStore } from '../stores/user-store.js'

/** What userinfo answers (OpenID Connect Core 1.0 §5.3.2). */
export interface UserClaims {
  readonly sub: string
  readonly preferred_username: string
}

/** @throws OAuthError `insufficient_scope` without `openid`; `invalid_token` for a token that is no user's. @throws StoreUnavailable */
export type GetUserClaims = (claims: AccessTokenClaims, username?: string) => Promise<UserClaims>

/**
 * @param areUsersElsewhere whether some users are not in the store, as those of a server that was taken over: then what the token
 *   says of its user is all that is known. One that was deleted here has an entry in the revocation log, and no good token.
 */
export function createUserClaims(users: Pick<UserStore, 'find'>, areUsersElsewhere: () => boolean = () => false): GetUserClaims {
  return async ({ authorizedType, scopes, subject }, username) => {
    if (authorizedType !== 'APPLICATION_USER') throw new OAuthError('invalid_token', 'no user stands behind this token')
    if (!scopes.includes('openid')) throw new OAuthError('insufficient_scope', 'the scope openid is needed')
    const user = await users.find(userId(subject))
    if (user === undefined && areUsersElsewhere()) return { sub: subject, preferred_username: username ?? subject }
    if (user === undefined || user.state !== 'active') throw new OAuthError('invalid_token', 'the token is not valid')
    return { sub: subject, preferred_username: user.name }
  }
}
