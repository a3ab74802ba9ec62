import type { AccessTokenClaims } from '../model/claims.js'
import type { Clock } from '../model/time.js'
import type { RefusalReason } from '../verification/verify-access-token.js'
import { createEndpoints, type Endpoints } from './endpoints.js'
import { FeedClient, type Staleness } from './feed-client.js'
import { createFeedKnowledge } from './feed-knowledge.js'
import { createFeedRequests } from './feed-requests.js'
import { createFeedTrust } from './feed-trust.js'
import { createFetchSnapshot } from './fetch-snapshot.js'
import { type BeyondPolicy, type GatewaySettings, parseBeyond, parseGatewaySettings, type TokenVerifierOptions } from './gateway-settings.js'
import { ServerUnavailable } from './http-requests.js'
import { createIntrospect, type Introspect } from './introspect.js'
import { createJudge, type Judge } from './judge.js'
import { createOwnToken } from './own-token.js'
import { pause } from './pause.js'
import { createRemoteKeys, type RemoteKeys } from './remote-keys.js'
import { createServerTime, type ServerTime } from './server-time.js'
import { createSnapshotFile } from './snapshot-file.js'
import { createSystemClock } from './system-clock.js'
import { createWarmStart, NO_WARM_START } from './warm-start.js'

/** `not_ready`: the feed or the keys have not been read yet. `stale`: the feed is too old to judge by. Neither says anything about the token. */
export type Verdict =
  | { readonly accepted: true; readonly claims: AccessTokenClaims }
  | { readonly accepted: false; readonly reason: RefusalReason | 'not_ready' | 'stale' }

/** Judges access tokens where they are presented, without asking the server for each. */
export interface TokenVerifier {
  /** @param options `beyond` for this token, in place of the verifier's. @throws TypeError for another `beyond`. */
  verify(token: string, options?: { readonly beyond?: BeyondPolicy }): Promise<Verdict>
  staleness(): Staleness
  /** Revocations that are held one by one, cut-offs that stand for others, and keys of the issuer that are not used since their private half was published. */
  counts(): { readonly entries: number; readonly coarse: number; readonly exposedKeys: number }
  /** Ends the connection to the feed; what is known grows old from then on. */
  close(): Promise<void>
}

const FIRST_SNAPSHOT_MS = 5000
/** Longer than a disk that keeps the snapshot holds it up. */
const SNAPSHOT_SILENCE_MS = 10_000

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
  const keys = createRemoteKeys(endpoints, clock)
  const ready = new AbortController()
  const { feed, knowledge } = composeFeed(settings, { time, endpoints, keys, clock, onReady: () => ready.abort() })
  const stop = new AbortController()
  const running = feed.run(stop.signal)
  const judge = createJudge({ settings, revocations: knowledge, time, keys })
  const isDoubtful = (verdict: Verdict): boolean => verdict.accepted && knowledge.isDoubtful(verdict.claims)
  const introspect = createIntrospect(settings.credentials, endpoints)
  // Somebody waits for this: the process must not end meanwhile.
  await pause(FIRST_SNAPSHOT_MS, ready.signal, true)
  return {
    async verify(token, options) {
      const beyond = options?.beyond === undefined ? settings.beyond : parseBeyond(options.beyond)
      const state = feed.state()
      const known = state === 'fresh' || state === 'soft' ? judge.again(token) : undefined
      return known !== undefined && !isDoubtful(known) ? known : verify(token, { judge, introspect, state, beyond, isDoubtful })
    },
    staleness: () => feed.staleness(),
    counts: () => ({ ...knowledge.counts(), exposedKeys: keys.exposed().length }),
    async close() {
      stop.abort()
      await running
    },
  }
}

interface FeedSurroundings {
  readonly time: ServerTime
  readonly endpoints: () => Promise<Endpoints>
  readonly keys: RemoteKeys
  readonly clock: Clock
  readonly onReady: () => void
}

function composeFeed(settings: GatewaySettings, { time, endpoints, keys, clock, onReady }: FeedSurroundings) {
  const { issuer, maxEntries, observer, onEvent, snapshotFile } = settings
  // Before the first heartbeat the server's time is not known.
  const knowledge = createFeedKnowledge({ maxEntries, observer, now: () => (time.isKnown() ? time.now() : undefined) })
  const requests = createFeedRequests(settings.feedUrl, createOwnToken(settings.credentials, endpoints, clock), time)
  const trust = createFeedTrust({ issuer, isSignatureRequired: settings.requireSignature, findKey: keys.find })
  const warmStart =
    snapshotFile === undefined ? NO_WARM_START : createWarmStart({ file: createSnapshotFile(snapshotFile), issuer, nowMs: time.nowMs, onEvent })
  const fetchSnapshot = createFetchSnapshot({ issuer, requests, trust, keys, warmStart, silenceMs: SNAPSHOT_SILENCE_MS })
  const feed = new FeedClient(settings, { knowledge, requests, clock, time, trust, fetchSnapshot, keys, warmStart, observer, onEvent, onReady })
  return { feed, knowledge }
}

interface Circumstances {
  readonly judge: Judge
  readonly introspect: Introspect
  readonly state: Staleness['state']
  readonly beyond: BeyondPolicy
  readonly isDoubtful: (verdict: Verdict) => boolean
}

async function verify(token: string, { judge, introspect, state, beyond, isDoubtful }: Circumstances): Promise<Verdict> {
  if (state === 'loading') return { accepted: false, reason: 'not_ready' }
  if (state === 'hard' && beyond === 'closed') return { accepted: false, reason: 'stale' }
  const verdict = judge.again(token) ?? (await orElse(judge.anew(token), 'not_ready'))
  if (!verdict.accepted) return verdict
  // Whatever the policy: what was put together for want of memory must not turn into an acceptance.
  const mustAsk = isDoubtful(verdict) || (state === 'hard' && beyond === 'introspect')
  if (!mustAsk) return verdict
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
