import type { AccessTokenClaims } from '../model/claims.js'
import type { Clock } from '../model/time.js'

/** Tokens whose form, signature and claims were found good. Time and revocation are for the caller to judge again at each use. */
export interface VerifiedCache {
  find(token: string): AccessTokenClaims | undefined
  keep(token: string, claims: AccessTokenClaims): void
}

export interface CacheLimits {
  readonly mostTokens: number
  /** Longer tokens are verified each time. */
  readonly longestToken: number
  readonly keepMs: number
}

/** The oldest goes when a new one comes. */
export function createVerifiedCache(limits: CacheLimits, clock: Clock): VerifiedCache {
  const held = new Map<string, { readonly claims: AccessTokenClaims; readonly untilMs: number }>()

  function find(token: string): AccessTokenClaims | undefined {
    const found = held.get(token)
    if (found === undefined || clock.nowMs() < found.untilMs) return found?.claims
    held.delete(token)
    return undefined
  }

  function keep(token: string, claims: AccessTokenClaims): void {
    if (token.length > limits.longestToken) return
    const [oldest] = held.keys()
    if (held.size >= limits.mostTokens && oldest !== undefined) held.delete(oldest)
    held.set(token, { claims, untilMs: clock.nowMs() + limits.keepMs })
  }

  return { find, keep }
}
