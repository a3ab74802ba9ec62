import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SecretHash } from '../model/client.js'
import { adoptedSecretProof } from './adopted-secret.js'

const FORM = 'hmac-sha256$'
/** Compared with where there is no client, so that an unknown one costs the same. */
const NOBODY = Buffer.alloc(32)

/**
 * Hashes of generated client secrets: 256 random bits need no slow hash, but a key that is not in the same table.
 * `secret` keys the hash; it is sealed apart from the table and does not change when keys are sealed anew.
 */
export function hashClientSecret(clientSecret: string, secret: Buffer): SecretHash {
  return `${FORM}${mac(clientSecret, secret).toString('base64url')}` as SecretHash
}

/** Compares in constant time, also where there is nothing to compare with. What another server has stored is compared in its own form. */
export function matchesClientSecret(clientSecret: string, hash: SecretHash | undefined, secret: Buffer): boolean {
  const given = mac(clientSecret, secret)
  const proof = hash === undefined || hash.startsWith(FORM) ? undefined : adoptedSecretProof(clientSecret, hash)
  if (proof !== undefined) return timingSafeEqual(mac(proof.given, secret), mac(proof.stored, secret))
  const stored = hash?.startsWith(FORM) ? Buffer.from(hash.slice(FORM.length), 'base64url') : NOBODY
  const comparable = stored.length === NOBODY.length ? stored : NOBODY
  return timingSafeEqual(given, comparable) && comparable !== NOBODY
}

function mac(clientSecret: string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update('client secret\0').update(clientSecret).digest()
}
