import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { CommandRefused } from '../errors/operational-errors.js'
import { type KeyId, keyId } from '../model/ids.js'
import type { AccessAlgorithm } from '../stores/key-store.js'

/** A public key that somebody else signs, or has signed, tokens with. */
export interface ImportedKey {
  readonly keyId: KeyId
  readonly algorithm: AccessAlgorithm
  /** A JSON Web Key (RFC 7517), JSON text. */
  readonly publicJwk: string
}

type Jwk = Readonly<Record<string, unknown>>

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g
const LEAST_RSA_BITS = 2048

const refused = (message: string): CommandRefused => new CommandRefused('invalid_key', message)

/**
 * Reads certificates and public keys (PEM), a JSON Web Key or a set of them. A certificate is named as WSO2 names it, a JSON Web
 * Key by its `kid`, a bare public key by `name`, which goes before both.
 * @throws CommandRefused `invalid_key`
 */
export function parseImportedKeys(text: string, name: string | undefined): readonly ImportedKey[] {
  const found = text.trimStart().startsWith('{') ? parseJwks(text) : parsePem(text)
  if (found.length === 0) throw refused('there is no certificate and no public key in it')
  if (name !== undefined && found.length > 1) throw refused('one name is given, but there are several keys in it')
  return found.map(({ jwk, thumbprint }) => importedKey(jwk, name, thumbprint))
}

interface FoundKey {
  readonly jwk: Jwk
  /** Of the certificate, where there is one. */
  readonly thumbprint?: string
}

function parsePem(text: string): readonly FoundKey[] {
  return [...text.matchAll(PEM_BLOCK)].map(([block, label = '']) => {
    if (label.includes('PRIVATE'))
      throw refused('it holds a private key: only the certificate or the public key is wanted, and the private one stays where it is')
    try {
      return label === 'CERTIFICATE' ? ofCertificate(new X509Certificate(block)) : { jwk: createPublicKey(block).export({ format: 'jwk' }) as Jwk }
    } catch {
      throw refused(`the ${label.toLowerCase()} cannot be read`)
    }
  })
}

function ofCertificate(certificate: X509Certificate): FoundKey {
  const [sha1, sha256] = ['sha1', 'sha256'].map((algorithm) => createHash(algorithm).update(certificate.raw).digest())
  const thumbprints = { x5t: sha1?.toString('base64url'), 'x5t#S256': sha256?.toString('base64url') }
  return { jwk: { ...(certificate.publicKey.export({ format: 'jwk' }) as Jwk), ...thumbprints }, thumbprint: nameOfDigits(sha256 ?? Buffer.alloc(0)) }
}

function parseJwks(text: string): readonly FoundKey[] {
  let parsed: { readonly keys?: readonly Jwk[] } & Jwk
  try {
    parsed = JSON.parse(text) as typeof parsed
  } catch {
    throw refused('it is no JSON')
  }
  const keys = Array.isArray(parsed.keys) ? (parsed.keys as readonly Jwk[]) : [parsed]
  return keys.filter((jwk) => jwk.use === undefined || jwk.use === 'sig').map((jwk) => ({ jwk }))
}

function importedKey(jwk: Jwk, name: string | undefined, thumbprint: string | undefined): ImportedKey {
  if ('d' in jwk || 'k' in jwk) throw refused('it holds a private key: only the public one is wanted, and the private one stays where it is')
  const algorithm = algorithmOf(jwk)
  const kid = name ?? (typeof jwk.kid === 'string' ? jwk.kid : thumbprint === undefined ? undefined : `${thumbprint}_${algorithm}`)
  if (kid === undefined || kid === '' || kid.length > 255) throw refused('a key has no name that tokens could call it by: give one with --kid')
  return { keyId: keyId(kid), algorithm, publicJwk: JSON.stringify(publicMembers(jwk)) }
}

const PUBLIC_MEMBERS = ['kty', 'n', 'e', 'crv', 'x', 'y', 'x5t', 'x5t#S256'] as const

function publicMembers(jwk: Jwk): Jwk {
  return Object.fromEntries(PUBLIC_MEMBERS.flatMap((member) => (typeof jwk[member] === 'string' ? [[member, jwk[member]]] : [])))
}

const BY_TYPE: Readonly<Record<string, readonly AccessAlgorithm[]>> = { RSA: ['RS256', 'PS256'], 'P-256': ['ES256'], Ed25519: ['EdDSA'] }

function algorithmOf(jwk: Jwk): AccessAlgorithm {
  let key: KeyObject
  try {
    key = createPublicKey({ key: publicMembers(jwk) as never, format: 'jwk' })
  } catch {
    throw refused('a key in it cannot be read')
  }
  if (jwk.kty === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS)
    throw refused(`an RSA key in it has fewer than ${LEAST_RSA_BITS} bits: what it signs proves nothing`)
  const fitting = BY_TYPE[jwk.kty === 'RSA' ? 'RSA' : String(jwk.crv)] ?? []
  const algorithm = jwk.alg === undefined ? fitting[0] : fitting.find((one) => one === jwk.alg)
  if (algorithm === undefined) throw refused('a key in it is of a kind that is not supported (RS256, PS256, ES256 and EdDSA are)')
  return algorithm
}

/** WSO2 encodes the hexadecimal digits of a thumbprint, not its bytes. */
const nameOfDigits = (digest: Buffer): string => Buffer.from(digest.toString('hex')).toString('base64url')

/** Every `kid` under which tokens may call the key: that of its versions differ in the thumbprint, and in whether the algorithm is behind it. */
export function namesOf(jwk: Readonly<Record<string, string>>): readonly string[] {
  const thumbprints = [jwk['x5t#S256'], jwk.x5t].filter((value) => value !== undefined).map((value) => nameOfDigits(Buffer.from(value, 'base64url')))
  return [...new Set([jwk.kid ?? '', ...thumbprints.flatMap((name) => [name, `${name}_${jwk.alg}`])])]
}
