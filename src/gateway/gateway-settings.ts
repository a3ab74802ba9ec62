import { type Seconds, seconds } from '../model/time.js'
import { type GatewayEvent, NO_OBSERVER, type RevocationObserver } from './gateway-events.js'

/** What to do with a token while the feed is older than `hard`. */
export type BeyondPolicy = 'introspect' | 'closed' | 'open'

/** What {@link createTokenVerifier} is told. */
export interface TokenVerifierOptions {
  /** What `iss` has to be; its metadata (RFC 8414) says where keys, token and introspection endpoint are. */
  readonly issuer: string
  /** One of these has to be in `aud`. */
  readonly audience: string | readonly string[]
  /** Default: the issuer's metadata say. */
  readonly jwksUri?: string
  /** In seconds; default 0, since `exp` is judged by the server's time. */
  readonly clockTolerance?: number
  /** How many tokens that were found good are remembered, about 2 KiB each; default 10,000. */
  readonly cacheTokens?: number
  readonly feed: {
    /** The server, or its `/revocations`. */
    readonly url: string
    /** A client that may have the scope `revocation_feed`; for `introspect` it also has to be allowed to introspect the tokens (an audience of theirs, or `introspect_any`). */
    readonly clientId: string
    readonly clientSecret: string
    /** `"500ms"`, `"5s"`, `"1m"`; default `"5s"`. Older: {@link Staleness} says `soft`. */
    readonly soft?: string
    /** Default `"60s"`. Older: `hard`, and `beyond` decides. */
    readonly hard?: string
    /** Default `introspect`. */
    readonly beyond?: BeyondPolicy
    /** How many revocations are held one by one, about 64 bytes each; default 1,000,000. What is more is put together, and tokens that only that hits are introspected. */
    readonly maxEntries?: number
    /** A file that keeps the newest snapshot for the next start; the last known position stands beside it, in `<file>.mark`. Default: none. */
    readonly snapshotFile?: string
    /** Whether messages of the feed without the issuer's signature are refused from the first on. Default: from the first signed one on. */
    readonly requireSignature?: boolean
  }
  /** Is told what an operator may want to know of. */
  readonly onEvent?: (event: GatewayEvent) => void
  /** Is told of every revocation, to carry it on. */
  readonly observer?: RevocationObserver
}

export interface GatewaySettings {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly jwksUri: URL | undefined
  readonly clockTolerance: Seconds
  readonly cacheTokens: number
  readonly feedUrl: URL
  readonly credentials: { readonly clientId: string; readonly clientSecret: string }
  readonly softMs: number
  readonly hardMs: number
  readonly beyond: BeyondPolicy
  readonly maxEntries: number
  readonly snapshotFile: string | undefined
  readonly requireSignature: boolean
  readonly onEvent: (event: GatewayEvent) => void
  readonly observer: RevocationObserver
}

const LEAST_ENTRIES = 1000
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** @throws TypeError naming the option that is wrong. */
export function parseGatewaySettings(options: TokenVerifierOptions): GatewaySettings {
  const { issuer, audience, jwksUri, clockTolerance = 0, cacheTokens = 10_000, feed } = options
  const audiences = (typeof audience === 'string' ? [audience] : [...audience]).map((one) => text(one, 'audience'))
  if (audiences.length === 0) throw new TypeError('audience must not be empty')
  if (!isCount(clockTolerance)) throw new TypeError('clockTolerance has to be whole seconds from 0')
  if (!isCount(cacheTokens)) throw new TypeError('cacheTokens has to be a whole number from 0')
  const maxEntries = feed.maxEntries ?? 1_000_000
  if (!isCount(maxEntries) || maxEntries < LEAST_ENTRIES) throw new TypeError(`feed.maxEntries has to be a whole number from ${LEAST_ENTRIES}`)
  const softMs = duration(feed.soft ?? '5s', 'feed.soft')
  const hardMs = duration(feed.hard ?? '60s', 'feed.hard')
  if (softMs > hardMs) throw new TypeError('feed.soft must not be longer than feed.hard')
  url(issuer, 'issuer')
  return {
    issuer,
    audience: audiences,
    jwksUri: jwksUri === undefined ? undefined : url(jwksUri, 'jwksUri'),
    clockTolerance: seconds(clockTolerance),
    cacheTokens,
    feedUrl: feedUrl(feed.url),
    credentials: { clientId: text(feed.clientId, 'feed.clientId'), clientSecret: text(feed.clientSecret, 'feed.clientSecret') },
    softMs,
    hardMs,
    beyond: parseBeyond(feed.beyond ?? 'introspect'),
    maxEntries,
    snapshotFile: feed.snapshotFile === undefined ? undefined : text(feed.snapshotFile, 'feed.snapshotFile'),
    requireSignature: feed.requireSignature === true,
    onEvent: guarded(options.onEvent),
    observer: options.observer ?? NO_OBSERVER,
  }
}

/** What a listener throws is its own affair: the feed has to be followed on. */
function guarded(onEvent: TokenVerifierOptions['onEvent']): (event: GatewayEvent) => void {
  return (event) => {
    try {
      onEvent?.(event)
    } catch (error) {
      process.emitWarning(`onEvent of the gateway has failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** @throws TypeError for anything but the three words. */
export function parseBeyond(value: string): BeyondPolicy {
  if (value !== 'introspect' && value !== 'closed' && value !== 'open') throw new TypeError("beyond has to be 'introspect', 'closed' or 'open'")
  return value
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

/** With a trailing slash, so that `snapshot` and `changes` can be resolved against it. */
function feedUrl(value: string): URL {
  const base = url(value, 'feed.url')
  const path = base.pathname.replace(/\/+$/, '').replace(/\/(snapshot|changes)$/, '')
  return new URL(`${path.endsWith('/revocations') ? path : `${path}/revocations`}/`, base.origin)
}

function url(value: string, option: string): URL {
  const parsed = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw new TypeError(`${option} has to be an http or https URL`)
  return parsed
}

function text(value: unknown, option: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${option} has to be a text`)
  return value
}

function duration(value: string, option: string): number {
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(value) ?? []
  const lengthMs = Number(digits) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
  if (!(lengthMs > 0)) throw new TypeError(`${option} has to be a length of time such as "5s"`)
  return lengthMs
}
