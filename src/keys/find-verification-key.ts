import { errors, type JWTVerifyGetKey } from 'jose'
import type { KeyRing } from './key-ring.js'

/**
 * Gives jose the key for a token's header: of the use that is asked for, and only for the algorithm the key was made for
 * (RFC 8725 §3.1). @throws JWKSNoMatchingKey for a `kid` that is unknown, retired or of another algorithm.
 */
export function createVerificationKeyFinder(use: 'access' | 'refresh', ring: () => KeyRing): JWTVerifyGetKey {
  return async ({ kid, alg }) => {
    const found = kid === undefined ? undefined : ring().verificationKey(use, kid)
    if (found === undefined || found.algorithm !== alg) throw new errors.JWKSNoMatchingKey()
    return found.key
  }
}
