import type { RevocableToken } from '../model/claims.js'
import { type Clock, seconds } from '../model/time.js'
import type { StoredToken } from '../stores/stored-token-store.js'
import type { TokenResponse } from './exchange.js'

export interface AnswerAgainNeeds {
  /** @throws StoreUnavailable when that cannot be told now. */
  readonly isRevoked: (token: RevocableToken) => boolean
  readonly clock: Clock
}

/** The answer with a pair that was issued before: what is left of its time, and nothing but what is wanted. undefined where it may not be given. */
export function createAnswerAgain({ isRevoked, clock }: AnswerAgainNeeds): (existing: StoredToken, wanted: StoredToken) => TokenResponse | undefined {
  return (existing, wanted) => {
    const { inClear, scopes, expiresAt, refreshExpiresAt } = existing
    const now = clock.now()
    if (inClear === undefined || expiresAt <= now || (refreshExpiresAt !== undefined && refreshExpiresAt <= now)) return undefined
    if (!isSame(existing, wanted) || isRevoked({ ...existing, keyId: undefined })) return undefined
    return { accessToken: inClear.accessToken, expiresIn: seconds(expiresAt - now), scopes, refreshToken: inClear.refreshToken }
  }
}

/** In all that the request decides: its refresh token may have been granted more, or be meant for others. */
function isSame(existing: StoredToken, wanted: StoredToken): boolean {
  const lists = (['grantedScopes', 'audience', 'grantedAudience'] as const).every((list) => haveSame(existing[list], wanted[list]))
  return lists && (existing.refreshTokenHash === undefined) === (wanted.refreshTokenHash === undefined)
}

function haveSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word) => other.includes(word))
}
