import { isUtf8 } from 'node:buffer'
import type { AccessTokenClaims, RevocableToken } from '../model/claims.js'
import { type KeyId, keyId } from '../model/ids.js'
import type { RevocationKind } from '../model/revocation-entry.js'
import type { Clock, EpochSeconds, Seconds } from '../model/time.js'
import { parseAccessTokenClaims } from './access-token-claims.js'
import { isCompactJws } from './compact-jws.js'
import { isSignedWith, type PublicKey } from './jws-signature.js'

/** Why an access token is not good. For logs and counters; the presenter is only told `invalid_token` (RFC 6750 §3.1). */
export type RefusalReason =
  | 'malformed'
  | 'wrong_type'
  | 'wrong_algorithm'
  | 'unknown_key'
  | 'bad_signature'
  | 'bad_claims'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'lifetime_too_long'
  | 'revoked'

export interface Refused {
  readonly accepted: false
  readonly reason: RefusalReason
}

/** Whether a token is good; with what it says if it is. */
export type Verdict = { readonly accepted: true; readonly claims: AccessTokenClaims } | Refused

export interface AccessTokenRules {
  /** What `iss` has to be, exactly. */
  readonly issuer: string
  /** One of these has to be in `aud`; undefined: any will do. */
  readonly audience: readonly string[] | undefined
  /** Asymmetric algorithms that are allowed, RFC 8725 §3.1. */
  readonly algorithms: readonly string[]
  /** How long after `exp` a token is still good. */
  readonly clockTolerance: Seconds
  /** The longest that was ever in force; a token that lives longer is refused. undefined: not known here. */
  readonly longestLifetime: (() => Seconds) | undefined
}

export type AccessTokenVerifier = (token: string) => Promise<Verdict>

/**
 * The public key of this name for this algorithm, and for no other (RFC 8725 §3.1); undefined when there is none. What it throws
 * (a key set that cannot be fetched) passes through, since it says nothing about the token.
 */
export type FindPublicKey = (keyId: KeyId, algorithm: string) => PublicKey | undefined | Promise<PublicKey | undefined>

/**
 * Makes the judge of access tokens: form, header (RFC 9068 §4, RFC 8725 §3), signature, claims, time, revocation, in this order.
 * The verifier is told the reason of a refusal as a value.
 * @param refusal the kind of a revocation entry that hits the token.
 */
export function createAccessTokenVerifier(
  rules: AccessTokenRules,
  findKey: FindPublicKey,
  refusal: (token: RevocableToken) => RevocationKind | undefined,
  clock: Clock,
): AccessTokenVerifier {
  return async (token) => {
    const header = readHeader(token)
    if (header === undefined) return refused('malformed')
    const unfit = judgeHeader(header, rules)
    if (unfit !== undefined) return refused(unfit)
    const key = await findKey(header.keyId, header.algorithm)
    if (key === undefined) return refused('unknown_key')
    // What is signed with an algorithm that the key is not for was not signed with the key.
    if (key.algorithm !== header.algorithm || !isSignedWith(key, token)) return refused('bad_signature')
    return judgePayload(token, header.keyId, { rules, refusal, now: clock.now() })
  }
}

const LONGEST_KEY_ID = 255

interface Header {
  readonly algorithm: string
  readonly keyId: KeyId
  readonly type: unknown
}

/** Refuses before any other work what is no canonical compact JWS (RFC 7515 §7.1) of sensible size with a usable header. */
function readHeader(token: string): Header | undefined {
  if (!isCompactJws(token)) return undefined
  const header = parseObject(token.slice(0, token.indexOf('.')))
  if (header === undefined) return undefined
  const { alg, kid, typ } = header
  // RFC 7515 §4.1.11: an extension that is not understood has to be refused, and none is.
  if (typeof alg !== 'string' || 'crit' in header || typeof kid !== 'string' || kid === '' || kid.length > LONGEST_KEY_ID) return undefined
  return { algorithm: alg, keyId: keyId(kid), type: typ }
}

function judgeHeader({ algorithm, type }: Header, rules: AccessTokenRules): RefusalReason | undefined {
  if (!isAccessTokenType(type)) return 'wrong_type'
  return rules.algorithms.includes(algorithm) ? undefined : 'wrong_algorithm'
}

/** RFC 9068 §4: `at+jwt`, with or without `application/`, in any case (RFC 7515 §4.1.9). */
const isAccessTokenType = (typ: unknown): boolean => typeof typ === 'string' && /^(application\/)?at\+jwt$/i.test(typ)

interface Circumstances {
  readonly rules: AccessTokenRules
  readonly refusal: (token: RevocableToken) => RevocationKind | undefined
  readonly now: EpochSeconds
}

function judgePayload(token: string, kid: KeyId, circumstances: Circumstances): Verdict {
  const content = parseObject(token.slice(token.indexOf('.') + 1, token.lastIndexOf('.')))
  if (content === undefined) return refused('malformed')
  const claims = parseAccessTokenClaims(content, kid)
  if (claims === undefined) return refused('bad_claims')
  const reason = judgeNotBefore(content.nbf, circumstances) ?? judgeClaims(claims, circumstances)
  return reason === undefined ? { accepted: true, claims } : refused(reason)
}

function judgeClaims(claims: AccessTokenClaims, { rules, refusal, now }: Circumstances): RefusalReason | undefined {
  if (claims.issuer !== rules.issuer) return 'wrong_issuer'
  if (rules.audience?.some((one) => claims.audience.includes(one)) === false) return 'wrong_audience'
  if (now >= claims.expiresAt + rules.clockTolerance) return 'expired'
  const longest = rules.longestLifetime?.()
  if (longest !== undefined && claims.expiresAt - claims.issuedAt > longest) return 'lifetime_too_long'
  return refusal(claims) === undefined ? undefined : 'revoked'
}

/** Jeton writes no `nbf`; where an issuer of one's own does, RFC 7519 §4.1.5 holds. */
function judgeNotBefore(nbf: unknown, { rules, now }: Circumstances): RefusalReason | undefined {
  if (nbf === undefined) return undefined
  if (typeof nbf !== 'number') return 'bad_claims'
  return nbf > now + rules.clockTolerance ? 'not_yet_valid' : undefined
}

/** A part of a compact JWS that is base64url of a JSON object in UTF-8. */
function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const bytes = Buffer.from(part, 'base64url')
    const value: unknown = isUtf8(bytes) ? JSON.parse(bytes.toString()) : undefined
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const refused = (reason: RefusalReason): Refused => ({ accepted: false, reason })
