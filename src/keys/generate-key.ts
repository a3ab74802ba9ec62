import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { type KeyId, keyId } from '../model/ids.js'
import type { EpochSeconds } from '../model/time.js'
import type { AccessAlgorithm, KeyUse, StoredKey } from '../stores/key-store.js'
import type { Sealer } from './seal.js'

const RSA_BITS = 2048
const SECRET_BYTES = 32

export interface NewKey {
  readonly use: KeyUse
  readonly algorithm: AccessAlgorithm | 'HS256'
  readonly createdAt: EpochSeconds
  /** undefined: published, but does not sign yet. */
  readonly signsFrom: EpochSeconds | undefined
}

/** What the sealed material of a key is bound to, so that no blob can be put in another's place. */
export function sealLabel(key: Pick<StoredKey, 'keyId' | 'use' | 'algorithm'>): string {
  return `${key.use} ${key.algorithm} ${key.keyId}`
}

/** Makes a key and seals it. Private keys are kept as PKCS #8 DER, secrets as their 256 bits. */
export function generateKey(newKey: NewKey, sealer: Sealer): StoredKey {
  const id: KeyId = keyId(randomBytes(12).toString('hex'))
  const { plain, publicKey } = newKey.algorithm === 'HS256' ? { plain: randomBytes(SECRET_BYTES), publicKey: undefined } : keyPair(newKey.algorithm)
  const named = { ...newKey, keyId: id }
  return {
    ...named,
    publicJwk: publicKey === undefined ? undefined : JSON.stringify(publicKey.export({ format: 'jwk' })),
    sealed: sealer.seal(plain, sealLabel(named)),
    retiresAt: undefined,
    retiredAt: undefined,
  }
}

function keyPair(algorithm: AccessAlgorithm): { readonly plain: Buffer; readonly publicKey: KeyObject } {
  const { privateKey, publicKey } = generatePair(algorithm)
  return { plain: privateKey.export({ format: 'der', type: 'pkcs8' }), publicKey }
}

function generatePair(algorithm: AccessAlgorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'EdDSA':
      return generateKeyPairSync('ed25519')
    case 'RS256':
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength: RSA_BITS })
  }
}
