import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { ACCESS_ALGORITHMS, isKeyFor, type PublicKey } from './jws-signature.js'

/** What a key set (RFC 7517 §5) is worth. */
export interface PublicKeySet {
  /** The key of this name for this algorithm, where there is exactly one. */
  find(keyId: string, algorithm: string): PublicKey | undefined
  readonly size: number
  /** Names of keys that came with their private half. Whoever reads the set can sign with them, so they verify nothing. */
  readonly exposed: readonly string[]
}

/** Present only in private and symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2). */
const SECRET_MEMBERS = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth']

/**
 * Reads a JSON Web Key Set. Keys that cannot verify an access token (another use, type or algorithm, too short, without a name)
 * are passed over, as RFC 7517 §5 demands; so are two that cannot be told apart.
 * @throws TypeError when it is no key set.
 */
export function parsePublicKeySet(value: unknown): PublicKeySet {
  const list = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined
  if (!Array.isArray(list)) throw new TypeError('no JSON Web Key Set')
  const jwks = list.filter((one): one is JsonWebKey => typeof one === 'object' && one !== null)
  const found = new Map<string, PublicKey | 'ambiguous'>()
  for (const jwk of jwks.filter((one) => !isExposed(one) && isForVerifying(one))) {
    for (const key of publicKeys(jwk)) {
      const name = nameOf(String(jwk.kid), key.algorithm)
      found.set(name, found.has(name) ? 'ambiguous' : key)
    }
  }
  const keys = new Map([...found].filter((entry): entry is [string, PublicKey] => entry[1] !== 'ambiguous'))
  return {
    find: (keyId, algorithm) => keys.get(nameOf(keyId, algorithm)),
    size: keys.size,
    exposed: jwks.filter(isExposed).map(({ kid }) => String(kid)),
  }
}

const nameOf = (keyId: string, algorithm: string): string => `${algorithm} ${keyId}`

const isExposed = (jwk: JsonWebKey): boolean => SECRET_MEMBERS.some((member) => member in jwk)

/** RFC 7517 §4.2, §4.3: where `use` or `key_ops` is there, it has to allow this. */
function isForVerifying({ kid, use, key_ops: operations }: JsonWebKey): boolean {
  if (typeof kid !== 'string' || kid === '') return false
  return (use === undefined || use === 'sig') && (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
}

/** The key for each algorithm that it may be used with: its `alg` (RFC 7517 §4.4), else whatever its type allows. */
function publicKeys(jwk: JsonWebKey): readonly PublicKey[] {
  const key = importKey(jwk)
  if (key === undefined) return []
  return ACCESS_ALGORITHMS.filter((algorithm) => (jwk.alg === undefined || jwk.alg === algorithm) && isKeyFor(algorithm, key)).map((algorithm) => ({
    algorithm,
    key,
  }))
}

function importKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}
