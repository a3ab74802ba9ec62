import { type Seconds, seconds } from '../model/time.js'

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
  }
}

export interface GatewaySettings {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly jwksUri: URL | undefined
  readonly clockTolerance: Seconds
  readonly feedUrl: URL
  readonly credentials: { readonly clientId: string; readonly clientSecret: string }
  readonly softMs: number
  readonly hardMs: number
  readonly beyond: BeyondPolicy
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** @throws TypeError naming the option that is wrong. */
export function parseGatewaySettings(options: TokenVerifierOptions): GatewaySettings {
  const { issuer, audience, jwksUri, clockTolerance = 0, feed } = options
  const audiences = (typeof audience === 'string' ? [audience] : [...audience]).map((one) => text(one, 'audience'))
  if (audiences.length === 0) throw new TypeError('audience must not be empty')
  if (!Number.isSafeInteger(clockTolerance) || clockTolerance < 0) throw new TypeError('clockTolerance has to be whole seconds from 0')
  const softMs = duration(feed.soft ?? '5s', 'feed.soft')
  const hardMs = duration(feed.hard ?? '60s', 'feed.hard')
  if (softMs > hardMs) throw new TypeError('feed.soft must not be longer than feed.hard')
  url(issuer, 'issuer')
  return {
    issuer,
    audience: audiences,
    jwksUri: jwksUri === undefined ? undefined : url(jwksUri, 'jwksUri'),
    clockTolerance: seconds(clockTolerance),
    feedUrl: feedUrl(feed.url),
    credentials: { clientId: text(feed.clientId, 'feed.clientId'), clientSecret: text(feed.clientSecret, 'feed.clientSecret') },
    softMs,
    hardMs,
    beyond: parseBeyond(feed.beyond ?? 'introspect'),
  }
}

/** @throws TypeError for anything but the three words. */
export function parseBeyond(value: string): BeyondPolicy {
  if (value !== 'introspect' && value !== 'closed' && value !== 'open') throw new TypeError("beyond has to be 'introspect', 'closed' or 'open'")
  return value
}

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
