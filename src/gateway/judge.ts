import { ACCESS_ALGORITHMS } from '../verification/jws-signature.js'
import { createAccessTokenVerifier, type Verdict } from '../verification/verify-access-token.js'
import type { FeedKnowledge } from './feed-knowledge.js'
import type { GatewaySettings } from './gateway-settings.js'
import type { RemoteKeys } from './remote-keys.js'
import type { ServerTime } from './server-time.js'
import { createVerifiedCache } from './verified-cache.js'

/** Judges a token by what is known here. */
export interface Judge {
  /** At once, for a token that was found good before; undefined for every other. */
  again(token: string): Verdict | undefined
  /** @throws ServerUnavailable when the keys cannot be had. */
  anew(token: string): Promise<Verdict>
}

export interface JudgeNeeds {
  readonly settings: Pick<GatewaySettings, 'issuer' | 'audience' | 'clockTolerance' | 'cacheTokens'>
  readonly revocations: Pick<FeedKnowledge, 'refusal' | 'version'>
  readonly keys: RemoteKeys
  readonly time: ServerTime
}

interface Kept {
  readonly verdict: Extract<Verdict, { accepted: true }>
  readonly keysVersion: number
  /** What was known of revocations when none of them hit it. */
  revocationsVersion: number
}

const LONGEST_TOKEN = 2048
const KEEP_MS = 300_000

/** A token that was good once is only judged by time, keys and revocations from then on: by the latter two when they have changed. */
export function createJudge({ settings, revocations, keys, time }: JudgeNeeds): Judge {
  const cache = createVerifiedCache<Kept>({ mostTokens: settings.cacheTokens, longestToken: LONGEST_TOKEN, keepMs: KEEP_MS })
  const rules = { ...settings, algorithms: ACCESS_ALGORITHMS, longestLifetime: undefined }
  const judgeAnew = createAccessTokenVerifier(rules, keys.find, revocations.refusal, time)

  return {
    again(token) {
      const nowMs = time.nowMs()
      const known = cache.find(token, nowMs)
      if (known === undefined || known.keysVersion !== keys.version()) return undefined
      const { verdict } = known
      if (Math.floor(nowMs / 1000) >= verdict.claims.expiresAt + settings.clockTolerance) return { accepted: false, reason: 'expired' }
      const version = revocations.version()
      if (known.revocationsVersion === version) return verdict
      if (revocations.refusal(verdict.claims) !== undefined) return { accepted: false, reason: 'revoked' }
      known.revocationsVersion = version
      return verdict
    },
    async anew(token) {
      const [keysVersion, revocationsVersion] = [keys.version(), revocations.version()]
      const verdict = await judgeAnew(token)
      if (verdict.accepted) cache.keep(token, { verdict, keysVersion, revocationsVersion }, time.nowMs())
      return verdict
    },
  }
}
