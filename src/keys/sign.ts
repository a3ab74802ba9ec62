import { constants, createHmac, type KeyObject, sign } from 'node:crypto'
import type { AccessAlgorithm } from '../stores/key-store.js'

/** Signs a JWS signing input (RFC 7515 §5.1); returns the signature in base64url. */
export type Sign = (input: string) => string

const P256_COORDINATE_BYTES = 32

/** Asymmetric signatures of RFC 7518 §3 and RFC 8037 §3.1. */
export function createSigner(algorithm: AccessAlgorithm, privateKey: KeyObject): Sign {
  switch (algorithm) {
    case 'ES256':
      // Signed as DER and copied: asking node:crypto for the raw form costs as much again as the signature on Node 24.
      return (input) => derToRaw(sign('sha256', Buffer.from(input), privateKey)).toString('base64url')
    case 'RS256':
      return (input) => sign('sha256', Buffer.from(input), privateKey).toString('base64url')
    case 'PS256': {
      const key = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      return (input) => sign('sha256', Buffer.from(input), key).toString('base64url')
    }
    case 'EdDSA':
      return (input) => sign(null, Buffer.from(input), privateKey).toString('base64url')
  }
}

/** HS256, RFC 7518 §3.2. */
export function createMacSigner(secret: Buffer): Sign {
  return (input) => createHmac('sha256', secret).update(input).digest('base64url')
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) of P-256 to the 64 bytes `r || s` of RFC 7518 §3.4. */
export function derToRaw(der: Buffer): Buffer {
  const raw = Buffer.alloc(2 * P256_COORDINATE_BYTES)
  // 0x30 length 0x02 length r 0x02 length s; for P-256 every length fits in one byte.
  const rLength = der[3] ?? 0
  const sLength = der[5 + rLength] ?? 0
  copyCoordinate(der.subarray(4, 4 + rLength), raw.subarray(0, P256_COORDINATE_BYTES))
  copyCoordinate(der.subarray(6 + rLength, 6 + rLength + sLength), raw.subarray(P256_COORDINATE_BYTES))
  return raw
}

/** A DER integer has a leading zero where its first bit is set, and none of the leading zeros that a coordinate keeps. */
function copyCoordinate(integer: Buffer, target: Buffer): void {
  const digits = integer.length > target.length ? integer.subarray(integer.length - target.length) : integer
  digits.copy(target, target.length - digits.length)
}
