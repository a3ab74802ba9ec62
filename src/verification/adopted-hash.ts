import { createHash } from 'node:crypto'

/** A hash as WSO2 stores it: of a token, or of a client secret. */
export interface AdoptedHash {
  readonly algorithm: 'SHA-256' | 'SHA-384' | 'SHA-512'
  /** In lower case. */
  readonly hex: string
}

const HEX = /^[0-9a-f]{64}$/i
const DIGITS: Readonly<Record<AdoptedHash['algorithm'], number>> = { 'SHA-256': 64, 'SHA-384': 96, 'SHA-512': 128 }

/**
 * Reads a hash in either of WSO2's forms: `{"algorithm":"SHA-256","hash":"…"}`, whose members stand in any order, and the bare
 * hexadecimal digits of its first versions. @returns undefined for anything else.
 */
export function parseAdoptedHash(stored: string): AdoptedHash | undefined {
  if (HEX.test(stored)) return { algorithm: 'SHA-256', hex: stored.toLowerCase() }
  if (!stored.startsWith('{')) return undefined
  try {
    const { algorithm, hash } = JSON.parse(stored) as { readonly algorithm?: unknown; readonly hash?: unknown }
    if (typeof algorithm !== 'string' || typeof hash !== 'string' || !Object.hasOwn(DIGITS, algorithm)) return undefined
    const known = algorithm as AdoptedHash['algorithm']
    return new RegExp(`^[0-9a-f]{${DIGITS[known]}}$`, 'i').test(hash) ? { algorithm: known, hex: hash.toLowerCase() } : undefined
  } catch {
    return undefined
  }
}

/** The digits of `value` under WSO2's algorithm. */
export function adoptedDigest(value: string, algorithm: AdoptedHash['algorithm']): string {
  return createHash(algorithm.replace('-', '').toLowerCase()).update(value).digest('hex')
}

/** Every form in which WSO2 may have stored the SHA-256 of `value`. */
export function adoptedForms(value: string): readonly string[] {
  const hex = adoptedDigest(value, 'SHA-256')
  return [`{"hash":"${hex}","algorithm":"SHA-256"}`, `{"algorithm":"SHA-256","hash":"${hex}"}`, hex]
}
