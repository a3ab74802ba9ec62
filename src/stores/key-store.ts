import type { Branded } from '../model/brand.js'
import type { KeyId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'

export type AccessAlgorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA'
/** `access` signs access tokens and is published; `refresh` signs refresh tokens; `secret` keys the hashes of client secrets; `adopted` is the
 * public key of another server, is published and never signs. */
export type KeyUse = 'access' | 'refresh' | 'secret' | 'adopted'
/** Key material sealed with AES-256-GCM, in the form that names the key that opens it. */
export type SealedKey = Branded<string, 'SealedKey'>

/** A key at rest. */
export interface StoredKey {
  readonly keyId: KeyId
  readonly use: KeyUse
  readonly algorithm: AccessAlgorithm | 'HS256'
  /** The public half as a JSON Web Key (RFC 7517), JSON text; undefined for symmetric keys. */
  readonly publicJwk: string | undefined
  readonly sealed: SealedKey
  readonly createdAt: EpochSeconds
  /** From when it signs; undefined while it is only published. */
  readonly signsFrom: EpochSeconds | undefined
  /** From when no token of it can be alive; undefined while nothing took its place. */
  readonly retiresAt: EpochSeconds | undefined
  /** When it was taken out of the published set; its `kid` stays, so that it is never used again. */
  readonly retiredAt: EpochSeconds | undefined
}

/** A set of changes that belong together. */
export interface KeyChange {
  readonly insert?: readonly StoredKey[]
  /** New values for keys that are there; absent fields stay. */
  readonly update?: readonly (Pick<StoredKey, 'keyId'> & Partial<Pick<StoredKey, 'signsFrom' | 'retiresAt' | 'retiredAt' | 'sealed'>>)[]
  /** A key whose tokens are refused from now on: its entry goes into the revocation log in the same transaction. */
  readonly revoke?: KeyId
}

export interface KeyStore {
  /** All keys that were ever made, oldest first, with the change counter they belong to. @throws StoreUnavailable */
  list(): Promise<{ readonly version: number; readonly keys: readonly StoredKey[] }>
  /**
   * Applies the change in one transaction if the counter still is `version`, and raises it.
   * @returns false, with nothing changed, if it is not; else the revocation entry, if one was asked for. @throws StoreUnavailable
   */
  apply(version: number, change: KeyChange): Promise<false | { readonly entry: RevocationEntry | undefined }>
}
