import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../model/time.js'
import type { Endpoints } from './endpoints.js'
import { ServerUnavailable } from './http-requests.js'

const TIMEOUT_MS = 5000
/** At most one look for an unknown `kid` in this time, however many tokens name one. */
const COOLDOWN_MS = 5000
const REFRESH_MS = 600_000

/**
 * Finds the issuer's public keys (RFC 7517 §5). Keys that are known serve on while the server is away: one that must not is
 * named by the feed. Fetches are single-flight; every ten minutes the keys are read again in the background.
 * @returns a function that throws ServerUnavailable when the keys cannot be had.
 */
export function createRemoteKeys(endpoints: () => Promise<Endpoints>, clock: Clock): JWTVerifyGetKey {
  let keySet: ReturnType<typeof createRemoteJWKSet> | undefined
  let refreshAtMs = clock.nowMs() + REFRESH_MS

  async function getKeySet(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const { jwks } = await endpoints()
    keySet ??= createRemoteJWKSet(jwks, { timeoutDuration: TIMEOUT_MS, cooldownDuration: COOLDOWN_MS, cacheMaxAge: Number.POSITIVE_INFINITY })
    return keySet
  }

  function refresh(keys: ReturnType<typeof createRemoteJWKSet>): void {
    if (clock.nowMs() < refreshAtMs) return
    refreshAtMs = clock.nowMs() + REFRESH_MS
    // A failure leaves the keys as they are, and is met again when an unknown key is sought.
    keys.reload().catch(() => undefined)
  }

  return async (header, token) => {
    const keys = keySet ?? (await getKeySet())
    refresh(keys)
    try {
      return await keys(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error
      keySet = keys.jwks() === undefined ? undefined : keys
      throw new ServerUnavailable('the keys of the issuer cannot be had', { cause: error })
    }
  }
}
