import { generateKey, type NewKey } from '../../src/keys/generate-key.js'
import { createSealer } from '../../src/keys/seal.js'
import { epochSeconds } from '../../src/model/time.js'
import type { StoredKey } from '../../src/stores/key-store.js'

export const sealer = createSealer([Buffer.alloc(32, 5)])

/** A sealed key; `signsFrom` 0 unless told. */
export function aKey(use: NewKey['use'], changes: Partial<StoredKey> = {}): StoredKey {
  const algorithm = changes.algorithm ?? (use === 'access' ? 'ES256' : 'HS256')
  return { ...generateKey({ use, algorithm, createdAt: epochSeconds(0), signsFrom: epochSeconds(0) }, sealer), ...changes }
}
