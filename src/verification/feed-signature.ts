import { hash } from 'node:crypto'
import { type KeyId, keyId } from '../model/ids.js'
import { isCompactJws } from './compact-jws.js'
import type { FeedHead } from './feed-message.js'
import { isSignedWith } from './jws-signature.js'
import type { FindPublicKey } from './verify-access-token.js'
import { parseObject } from './wire-values.js'

/** What the server signs. It stands as `typ` in the header (RFC 7515 §4.1.9), so that neither can be taken for the other, nor for a token. */
export type FeedSignatureType = 'jeton-snapshot' | 'jeton-heartbeat'

/** One signature, and what it should be of. */
export interface SignedMessage {
  /** A JWS in compact form with detached content (RFC 7515 appendix F): `<header>..<signature>`. */
  readonly signature: string
  readonly type: FeedSignatureType
  /** `heartbeatContent` or `snapshotContent`. */
  readonly content: string
}

export interface FeedSignatureRules {
  /** Asymmetric algorithms that are allowed, RFC 8725 §3.1. */
  readonly algorithms: readonly string[]
  /** What it throws passes through, since it says nothing about the message. */
  readonly findKey: FindPublicKey
}

/** What a signature is worth. */
export type FeedSignatureVerdict = 'good' | 'malformed' | 'wrong_type' | 'wrong_algorithm' | 'unknown_key' | 'bad_signature'

const DETACHED = /^[\w-]{1,1024}\.\.[\w-]{1,1024}$/

/** What is signed of a heartbeat, one a line: issuer, epoch, seq, confirmed_at and time in milliseconds, from_bucket, digest. */
export function heartbeatContent(issuer: string, { epoch, seq, confirmedAtMs, timeMs, digest }: FeedHead): string {
  return [issuer, epoch, seq, Math.round(confirmedAtMs), Math.round(timeMs), digest?.fromBucket ?? '', digest?.sum ?? ''].join('\n')
}

/** What is signed of a snapshot, one a line: issuer, and the SHA-256 of the body before any content coding, in lower-case hexadecimal. */
export function snapshotContent(issuer: string, sha256: Uint8Array): string {
  return `${issuer}\n${Buffer.from(sha256).toString('hex')}`
}

/** The SHA-256 that {@link snapshotContent} wants, of a whole body at once. */
export function bodyHash(body: Uint8Array): Uint8Array {
  return hash('sha256', body, 'buffer')
}

/** Judges in this order: form, type, algorithm, key, signature. */
export async function verifyFeedSignature(
  { signature, type, content }: SignedMessage,
  { algorithms, findKey }: FeedSignatureRules,
): Promise<FeedSignatureVerdict> {
  const whole = signature.replace('..', `.${Buffer.from(content).toString('base64url')}.`)
  const header = DETACHED.test(signature) && isCompactJws(whole) ? readHeader(signature) : undefined
  if (header === undefined) return 'malformed'
  if (header.type !== type) return 'wrong_type'
  if (!algorithms.includes(header.algorithm)) return 'wrong_algorithm'
  const key = await findKey(header.keyId, header.algorithm)
  if (key === undefined) return 'unknown_key'
  return key.algorithm === header.algorithm && isSignedWith(key, whole) ? 'good' : 'bad_signature'
}

interface Header {
  readonly algorithm: string
  readonly keyId: KeyId
  readonly type: unknown
}

function readHeader(signature: string): Header | undefined {
  try {
    const header = parseObject(Buffer.from(signature.slice(0, signature.indexOf('.')), 'base64url').toString())
    const { alg, kid, typ } = header
    // RFC 7515 §4.1.11: an extension that is not understood has to be refused, and none is.
    if (typeof alg !== 'string' || typeof kid !== 'string' || kid === '' || 'crit' in header) return undefined
    return { algorithm: alg, keyId: keyId(kid), type: typ }
  } catch {
    return undefined
  }
}
