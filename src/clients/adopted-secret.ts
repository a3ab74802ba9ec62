import { adoptedDigest, parseAdoptedHash } from '../verification/adopted-hash.js'

/** Two texts that are equal if the secret is the right one. */
export interface SecretProof {
  readonly given: string
  readonly stored: string
}

/** WSO2's own secrets have 28 to 64 characters. What is longer, or begins as encoded JSON does, is one that WSO2 has encrypted. */
const LONGEST_PLAIN = 128
const ENCRYPTED = /^eyJ/

/**
 * How a client secret is compared with what WSO2 has stored: the secret itself, or its hash. One that is encrypted proves
 * nothing, since only WSO2 has the key; and a hash is never a secret, so that reading the table opens no client.
 */
export function adoptedSecretProof(clientSecret: string, stored: string): SecretProof | undefined {
  const hash = parseAdoptedHash(stored)
  if (hash !== undefined) return { given: adoptedDigest(clientSecret, hash.algorithm), stored: hash.hex }
  if (stored === '' || stored.length > LONGEST_PLAIN || ENCRYPTED.test(stored) || stored.startsWith('{')) return undefined
  return { given: clientSecret, stored }
}
