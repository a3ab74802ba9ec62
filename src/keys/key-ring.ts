import { createPrivateKey } from 'node:crypto'
import type { CryptoKey } from 'jose'
import { importJWK } from 'jose'
import { StoreUnavailable } from '../errors/operational-errors.js'
import type { KeyId } from '../model/ids.js'
import type { EpochSeconds } from '../model/time.js'
import type { AccessAlgorithm, StoredKey } from '../stores/key-store.js'
import type { PublicKey } from '../verification/jws-signature.js'
import { parsePublicKeySet } from '../verification/public-jwk.js'
import { sealLabel } from './generate-key.js'
import { namesOf } from './imported-key.js'
import { bySigningTime } from './key-state.js'
import type { Sealer } from './seal.js'
import { createMacSigner, createSigner, type Sign } from './sign.js'

/** A key that signs tokens now or did so before. */
export interface SigningKey {
  readonly keyId: KeyId
  readonly algorithm: AccessAlgorithm | 'HS256'
  readonly sign: Sign
  /** The encoded JWS header of a token of type `typ`, which is the same for every token of this key (RFC 7515 §4). */
  readonly header: (typ: string) => string
}

/** The opened keys of one moment. Never changes: a change of keys makes another ring. */
export interface KeyRing {
  /**
   * The key of `use` that signs at `instant`; the first one also before it began, since clocks differ. Where that one is
   * retired already (it was revoked), the one that took its place. @throws StoreUnavailable when there is none.
   */
  signingKey(use: 'access' | 'refresh', instant: EpochSeconds): SigningKey
  /** What verifies a token of `use`; undefined for a `kid` that is unknown or retired. */
  verificationKey(use: 'access' | 'refresh', keyId: string): VerificationKey | undefined
  /** What verifies an access token that this server signed with `algorithm`; undefined for a `kid` that is unknown, retired or of another algorithm. */
  publicKey(keyId: string, algorithm: string): PublicKey | undefined
  /** What verifies a token of another server that was taken over, by any name it has given the key; undefined for every other `kid`. */
  adoptedKey(keyId: string): AdoptedKey | undefined
  /** Whether there is any such key. */
  readonly hasAdoptedKeys: boolean
  /** The secret that keys the hashes of client secrets and the MACs of stored refresh tokens. */
  secret(): Buffer
  /** The public keys in force, as JSON Web Keys (RFC 7517 §4) with `kid`, `alg` and `use`. */
  publicJwks(): readonly PublicJwk[]
}

export interface VerificationKey {
  readonly algorithm: string
  readonly key: CryptoKey | Uint8Array
}

export type PublicJwk = Readonly<Record<string, string>>

/** The key of another server, with the one name it has here. */
export interface AdoptedKey extends VerificationKey {
  readonly keyId: KeyId
}

interface OpenKey {
  readonly stored: StoredKey
  /** undefined for a key that only verifies. */
  readonly signing: SigningKey | undefined
  readonly verification: VerificationKey
}

/** @throws CommandRefused `wrong_encryption_key` when the sealer cannot open a key. */
export async function openKeyRing(stored: readonly StoredKey[], sealer: Sealer): Promise<KeyRing> {
  const inForce = stored.filter((key) => key.retiredAt === undefined)
  const secrets = inForce.filter((key) => key.use === 'secret').map((key) => sealer.open(key.sealed, sealLabel(key)))
  const open = await Promise.all(inForce.filter((key) => key.use !== 'secret').map((key) => openKey(key, sealer)))
  const byId = new Map<string, OpenKey>(open.map((key) => [key.stored.keyId, key]))
  const adopted = adoptedKeys(open)
  const own = parsePublicKeySet({ keys: open.filter(({ stored: key }) => key.use === 'access').map(({ stored: key }) => publicJwk(key)) })
  const newestFirst = stored.filter((key) => key.signsFrom !== undefined).sort(bySigningTime)
  const signed = { access: newestFirst.filter(({ use }) => use === 'access'), refresh: newestFirst.filter(({ use }) => use === 'refresh') }

  return {
    signingKey(use, instant) {
      const began = signed[use].findIndex((key) => (key.signsFrom ?? 0) <= instant)
      const fromThenOn = began < 0 ? signed[use] : signed[use].slice(0, began + 1)
      const found = byId.get(fromThenOn.findLast((key) => byId.has(key.keyId))?.keyId ?? '')
      if (found?.signing === undefined) throw new StoreUnavailable('keys')
      return found.signing
    },
    verificationKey(use, id) {
      const found = byId.get(id)
      return found?.stored.use === use ? found.verification : undefined
    },
    publicKey: own.find,
    adoptedKey: (id) => adopted.get(id),
    hasAdoptedKeys: adopted.size > 0,
    secret() {
      if (secrets[0] === undefined) throw new StoreUnavailable('keys')
      return secrets[0]
    },
    publicJwks: () => open.filter((key) => key.stored.use === 'access' || key.stored.use === 'adopted').map(({ stored: key }) => publicJwk(key)),
  }
}

/** Under every name that tokens may call them. */
function adoptedKeys(open: readonly OpenKey[]): ReadonlyMap<string, AdoptedKey> {
  const ofOthers = open.filter(({ stored }) => stored.use === 'adopted')
  return new Map(
    ofOthers.flatMap(({ stored, verification }) => {
      const named = { keyId: stored.keyId, ...verification }
      return namesOf(publicJwk(stored)).map((name): [string, AdoptedKey] => [name, named])
    }),
  )
}

async function openKey(stored: StoredKey, sealer: Sealer): Promise<OpenKey> {
  const material = sealer.open(stored.sealed, sealLabel(stored))
  if (stored.algorithm === 'HS256') {
    return {
      stored,
      signing: signingKey(stored, createMacSigner(material)),
      verification: { algorithm: 'HS256', key: material },
    }
  }
  if (stored.use === 'adopted') {
    // What was sealed and not what lies beside it: only that is known to be the key that was imported.
    const sealed = { ...stored, publicJwk: material.toString() }
    return {
      stored: sealed,
      signing: undefined,
      verification: { algorithm: stored.algorithm, key: await importJWK(publicJwk(sealed), stored.algorithm) },
    }
  }
  const sign = createSigner(stored.algorithm, createPrivateKey({ key: material, format: 'der', type: 'pkcs8' }))
  const key = await importJWK(publicJwk(stored), stored.algorithm)
  return { stored, signing: signingKey(stored, sign), verification: { algorithm: stored.algorithm, key } }
}

function signingKey({ keyId, algorithm }: StoredKey, sign: Sign): SigningKey {
  const headers = new Map<string, string>()
  return {
    keyId,
    algorithm,
    sign,
    header(typ) {
      const known = headers.get(typ)
      if (known !== undefined) return known
      const header = Buffer.from(JSON.stringify({ alg: algorithm, kid: keyId, typ })).toString('base64url')
      headers.set(typ, header)
      return header
    },
  }
}

function publicJwk(key: StoredKey): PublicJwk {
  return { ...(JSON.parse(key.publicJwk ?? '{}') as PublicJwk), kid: key.keyId, alg: key.algorithm, use: 'sig' }
}
