import type { EpochSeconds } from '../model/time.js'
import type { StoredKey } from '../stores/key-store.js'

/** The uses that rotate. */
export type RotatingUse = 'access' | 'refresh'
/** `published`: known to all or about to be, does not sign yet. `retiring`: verifies, signs no more. `retired`: gone but for its name. */
export type KeyState = 'published' | 'signing' | 'retiring' | 'retired'

/** Orders keys by when they signed, latest first. Of two that began in one second the one that was not replaced is later. */
export function bySigningTime(one: StoredKey, other: StoredKey): number {
  return (other.signsFrom ?? 0) - (one.signsFrom ?? 0) || endOf(other) - endOf(one)
}

const endOf = ({ retiresAt, retiredAt }: StoredKey): number => retiredAt ?? retiresAt ?? Number.MAX_SAFE_INTEGER

/** The key of `use` that signs at `now`: of those that have begun, the latest. */
export function signingNow(keys: readonly StoredKey[], use: StoredKey['use'], now: EpochSeconds): StoredKey | undefined {
  return keys
    .filter((key) => key.use === use && key.retiredAt === undefined && key.signsFrom !== undefined && key.signsFrom <= now)
    .sort(bySigningTime)[0]
}

/** The key of `use` that is published and waits to sign; the oldest where there are several. */
export function nextKey(keys: readonly StoredKey[], use: StoredKey['use']): StoredKey | undefined {
  return keys.find((key) => key.use === use && key.retiredAt === undefined && key.signsFrom === undefined)
}

/** Whether a key of `use` will take over at a time that is settled already. */
export function isPending(key: StoredKey, use: StoredKey['use'], now: EpochSeconds): boolean {
  return key.use === use && key.retiredAt === undefined && key.signsFrom !== undefined && key.signsFrom > now
}

/** The key of `use` that will take over first. */
export function pendingKey(keys: readonly StoredKey[], use: StoredKey['use'], now: EpochSeconds): StoredKey | undefined {
  return keys
    .filter((key) => isPending(key, use, now))
    .sort(bySigningTime)
    .at(-1)
}

export function keyState(key: StoredKey, keys: readonly StoredKey[], now: EpochSeconds): KeyState {
  if (key.retiredAt !== undefined) return 'retired'
  if (key.use === 'adopted') return 'retiring'
  if (key.signsFrom === undefined || key.signsFrom > now) return 'published'
  return signingNow(keys, key.use, now)?.keyId === key.keyId ? 'signing' : 'retiring'
}
