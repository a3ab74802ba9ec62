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
export type GetUserClaims = (claims: AccessTokenClaims) => Promise<UserClaims>

export function createUserClaims(users: Pick<UserStore, 'find'>): GetUserClaims {
  return async ({ authorizedType, scopes, subject }) => {
    if (authorizedType !== 'APPLICATION_USER') throw new OAuthError('invalid_token', 'no user stands behind this token')
    if (!scopes.includes('openid')) throw new OAuthError('insufficient_scope', 'the scope openid is needed')
    const user = await users.find(userId(subject))
    if (user === undefined || user.state !== 'active') throw new OAuthError('invalid_token', 'the token is not valid')
    return { sub: subject, preferred_username: user.name }
  }
}
