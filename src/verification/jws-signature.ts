import { constants, type KeyObject, verify } from 'node:crypto'

/** A public key, and the one JWS algorithm that it is for. */
export interface PublicKey {
  readonly algorithm: string
  readonly key: KeyObject
}

interface Scheme {
  /** Whether a key is one that the algorithm may be used with (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1). */
  fits(key: KeyObject): boolean
  verifies(input: Uint8Array, key: KeyObject, signature: Uint8Array): boolean
}

const LEAST_RSA_BITS = 2048
const ES256_SIGNATURE = 64

const COORDINATE = 32
const SEQUENCE = 0x30
const INTEGER = 0x02

/** The 64 bytes `r || s` of RFC 7518 §3.4 as the Ecdsa-Sig-Value of RFC 3279 §2.2.3; every length fits in one byte. */
function derOf(raw: Uint8Array): Uint8Array {
  const der = Buffer.allocUnsafe(2 * (COORDINATE + 3) + 2)
  let end = writeInteger(raw.subarray(0, COORDINATE), der, 2)
  end = writeInteger(raw.subarray(COORDINATE), der, end)
  der[0] = SEQUENCE
  der[1] = end - 2
  return der.subarray(0, end)
}

/** Without leading zeros, but with one before a first bit that is set. @returns where it ends. */
function writeInteger(digits: Uint8Array, der: Buffer, at: number): number {
  let from = 0
  while (from < digits.length - 1 && digits[from] === 0) from++
  const sign = (digits[from] ?? 0) > 0x7f ? 1 : 0
  der[at] = INTEGER
  der[at + 1] = digits.length - from + sign
  der[at + 2] = 0
  der.set(digits.subarray(from), at + 2 + sign)
  return at + 2 + sign + digits.length - from
}

const isRsa = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_RSA_BITS

const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  [
    'ES256',
    {
      fits: ({ asymmetricKeyType, asymmetricKeyDetails }) => asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1',
      // As DER: for the raw form node:crypto takes half as long again on Node 24.
      verifies: (input, key, signature) => signature.length === ES256_SIGNATURE && verify('sha256', input, key, derOf(signature)),
    },
  ],
  ['RS256', { fits: isRsa, verifies: (input, key, signature) => verify('sha256', input, key, signature) }],
  [
    'PS256',
    {
      fits: isRsa,
      verifies: (input, key, signature) =>
        verify('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature),
    },
  ],
  [
    'EdDSA',
    { fits: ({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519', verifies: (input, key, signature) => verify(null, input, key, signature) },
  ],
])

/** Those that Jeton signs access tokens with. */
export const ACCESS_ALGORITHMS: readonly string[] = [...SCHEMES.keys()]

/** Whether the key is public and of the type, curve and size that the algorithm demands; false for an algorithm that is none of {@link ACCESS_ALGORITHMS}. */
export function isKeyFor(algorithm: string, key: KeyObject): boolean {
  return key.type === 'public' && SCHEMES.get(algorithm)?.fits(key) === true
}

/**
 * Whether the signature of a compact JWS (RFC 7515 §5.2) was made with the key. Header and payload are not looked at.
 * On this thread: handing ES256 to the pool costs as much CPU again as checking it.
 */
export function isSignedWith({ algorithm, key }: PublicKey, token: string): boolean {
  const end = token.lastIndexOf('.')
  const input = Buffer.from(token.slice(0, end), 'latin1')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  return SCHEMES.get(algorithm)?.verifies(input, key, signature) === true
}
