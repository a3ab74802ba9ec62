import type { AccessTokenClaims } from '../model/claims.js'
import type { Clock } from '../model/time.js'
import { createAccessTokenVerifier, type RefusalReason } from '../verification/verify-access-token.js'
import { createEndpoints } from './endpoints.js'
import { FeedClient, type Staleness } from './feed-client.js'
import { type BeyondPolicy, type GatewaySettings, parseBeyond, parseGatewaySettings, type TokenVerifierOptions } from './gateway-settings.js'
import { ServerUnavailable } from './http-requests.js'
import { createIntrospect, type Introspect } from './introspect.js'
import { createOwnToken } from './own-token.js'
import { pause } from './pause.js'
import { createRemoteKeys } from './remote-keys.js'
import { createServerTime, type ServerTime } from './server-time.js'
import { createSystemClock } from './system-clock.js'
import { createVerifiedCache } from './verified-cache.js'

/** `not_ready`: the feed or the keys have not been read yet. `stale`: the feed is too old to judge by. Neither says anything about the token. */
export type Verdict =
  | { readonly accepted: true; readonly claims: AccessTokenClaims }
  | { readonly accepted: false; readonly reason: RefusalReason | 'not_ready' | 'stale' }

/** Judges access tokens where they are presented, without asking the server for each. */
export interface TokenVerifier {
  /** @param options `beyond` for this token, in place of the verifier's. @throws TypeError for another `beyond`. */
  verify(token: string, options?: { readonly beyond?: BeyondPolicy }): Promise<Verdict>
  staleness(): Staleness
  /** Ends the connection to the feed; what is known grows old from then on. */
  close(): Promise<void>
}

/** Those that Jeton signs with; which of them a key is for, the key set says. */
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA']
const FIRST_SNAPSHOT_MS = 5000
const CACHE = { mostTokens: 10_000, longestToken: 2048, keepMs: 300_000 }

/**
 * Makes a verifier and starts following the feed. The promise resolves with the first snapshot, or after five seconds without
 * one: then the verifier answers `not_ready` until it comes, and goes on trying.
 * @throws TypeError when an option is wrong.
 */
export async function createTokenVerifier(options: TokenVerifierOptions): Promise<TokenVerifier> {
  return startTokenVerifier(parseGatewaySettings(options), createSystemClock())
}

/** As {@link createTokenVerifier}, by a given clock. */
export async function startTokenVerifier(settings: GatewaySettings, clock: Clock): Promise<TokenVerifier> {
  const time = createServerTime(clock)
  const endpoints = createEndpoints(settings, clock)
  const stop = new AbortController()
  const ready = new AbortController()
  const feed = new FeedClient(settings, createOwnToken(settings.credentials, endpoints, clock), time, () => ready.abort())
  const running = feed.run(stop.signal)
  const judge = createJudge({ settings, feed, time, findKey: createRemoteKeys(endpoints, clock) })
  const introspect = createIntrospect(settings.credentials, endpoints)
  // Somebody waits for this: the process must not end meanwhile.
  await pause(FIRST_SNAPSHOT_MS, ready.signal, true)
  return {
    verify: async (token, { beyond } = {}) => verify(token, { judge, introspect, feed, beyond: parseBeyond(beyond ?? settings.beyond) }),
    staleness: () => feed.staleness(),
    async close() {
      stop.abort()
      await running
    },
  }
}

type Judge = (token: string) => Promise<Verdict>

interface JudgeNeeds {
  readonly settings: GatewaySettings
  readonly feed: FeedClient
  readonly time: ServerTime
  readonly findKey: ReturnType<typeof createRemoteKeys>
}

/** A token that was good once is only judged by time and revocation from then on. */
function createJudge({ settings, feed, time, findKey }: JudgeNeeds): Judge {
  const cache = createVerifiedCache(CACHE, time)
  const rules = { ...settings, algorithms: ALGORITHMS, longestLifetime: undefined }
  const judgeAnew = createAccessTokenVerifier(rules, findKey, (token) => feed.refusal(token), time)
  return async (token) => {
    const known = cache.find(token)
    if (known === undefined) {
      const verdict = await judgeAnew(token)
      if (verdict.accepted) cache.keep(token, verdict.claims)
      return verdict
    }
    if (time.now() >= known.expiresAt + settings.clockTolerance) return { accepted: false, reason: 'expired' }
    return feed.refusal(known) === undefined ? { accepted: true, claims: known } : { accepted: false, reason: 'revoked' }
  }
}

interface Circumstances {
  readonly judge: Judge
  readonly introspect: Introspect
  readonly feed: FeedClient
  readonly beyond: BeyondPolicy
}

async function verify(token: string, { judge, introspect, feed, beyond }: Circumstances): Promise<Verdict> {
  const { state } = feed.staleness()
  if (state === 'loading') return { accepted: false, reason: 'not_ready' }
  if (state === 'hard' && beyond === 'closed') return { accepted: false, reason: 'stale' }
  const verdict = await orElse(judge(token), 'not_ready')
  if (!verdict.accepted || state !== 'hard' || beyond === 'open') return verdict
  return orElse(confirm(verdict, introspect(token)), 'stale')
}

/** What is refused by what is known stays refused; what is not, the server has the last word on. */
async function confirm(verdict: Verdict, isActive: Promise<boolean>): Promise<Verdict> {
  return (await isActive) ? verdict : { accepted: false, reason: 'revoked' }
}

async function orElse(verdict: Promise<Verdict>, reason: 'not_ready' | 'stale'): Promise<Verdict> {
  try {
    return await verdict
  } catch (error) {
    if (error instanceof ServerUnavailable) return { accepted: false, reason }
    throw error
  }
}
