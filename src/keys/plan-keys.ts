import { CommandRefused } from '../errors/operational-errors.js'
import type { KeyId } from '../model/ids.js'
import { after, type EpochSeconds, type Seconds } from '../model/time.js'
import type { AccessAlgorithm, KeyChange, KeyUse, StoredKey } from '../stores/key-store.js'
import { generateKey, sealLabel } from './generate-key.js'
import { keyState, nextKey, type RotatingUse, signingNow } from './key-state.js'
import type { Sealer } from './seal.js'

export interface RotationSettings {
  readonly algorithm: AccessAlgorithm
  /** After how long a signing key is replaced. */
  readonly rotateEvery: Seconds
  /** How long a key is published before it signs by itself: the JWKS `max-age` plus the polling interval. */
  readonly publishBefore: Seconds
}

/** The keys that are there, and what it takes to decide what becomes of them. */
export interface Planning {
  readonly keys: readonly StoredKey[]
  readonly now: EpochSeconds
  /** For how long after a key has stopped signing a token of it can be alive. */
  readonly longestLifetime: Seconds
  readonly sealer: Sealer
  readonly settings: RotationSettings
}

type Update = NonNullable<KeyChange['update']>[number]

const algorithmOf = (use: KeyUse, { settings }: Planning) => (use === 'access' ? settings.algorithm : 'HS256')

function newKey(use: KeyUse, signsFrom: EpochSeconds | undefined, planning: Planning): StoredKey {
  return generateKey({ use, algorithm: algorithmOf(use, planning), createdAt: planning.now, signsFrom }, planning.sealer)
}

/** The one key that never rotates, made once. */
export function planSecret(planning: Planning): KeyChange {
  return planning.keys.some((key) => key.use === 'secret') ? {} : { insert: [newKey('secret', planning.now, planning)] }
}

/** Makes what is missing for `use` and rotates when it is due. */
export function planTending(use: RotatingUse, planning: Planning): KeyChange {
  const { keys, now } = planning
  if (signingNow(keys, use, now) === undefined) return { insert: [newKey(use, now, planning), newKey(use, undefined, planning)] }
  const next = nextKey(keys, use)
  if (next === undefined) return { insert: [newKey(use, undefined, planning)] }
  // A key of an algorithm that was configured before, and has never signed, makes room.
  if (next.algorithm !== algorithmOf(use, planning))
    return { insert: [newKey(use, undefined, planning)], update: [{ keyId: next.keyId, retiredAt: now }] }
  return isDue(use, planning) ? planRotation(use, planning) : {}
}

function isDue(use: RotatingUse, planning: Planning): boolean {
  const { keys, now, settings } = planning
  const [signing, next] = [signingNow(keys, use, now), nextKey(keys, use)]
  if (signing === undefined || next === undefined || now < after(next.createdAt, settings.publishBefore)) return false
  return signing.algorithm !== algorithmOf(use, planning) || now >= after(signing.signsFrom ?? now, settings.rotateEvery)
}

/** The next key signs from now on, the one that signed retires after its last token, and a new one is published. */
export function planRotation(use: RotatingUse, planning: Planning): KeyChange {
  const { keys, now, longestLifetime } = planning
  const [signing, next] = [signingNow(keys, use, now), nextKey(keys, use)]
  const began = next === undefined ? [newKey(use, now, planning)] : []
  const begins: readonly Update[] = next === undefined ? [] : [{ keyId: next.keyId, signsFrom: now }]
  const ends: readonly Update[] = signing === undefined ? [] : [{ keyId: signing.keyId, retiresAt: after(now, longestLifetime) }]
  return { insert: [...began, newKey(use, undefined, planning)], update: [...begins, ...ends] }
}

/** Which key a change makes the signing one. */
export function beginsToSign(change: KeyChange): KeyId | undefined {
  return [...(change.update ?? []), ...(change.insert ?? [])].find((key) => key.signsFrom !== undefined)?.keyId
}

/** Takes every key out whose last token has expired. */
export function planRetirement({ keys, now }: Planning): KeyChange {
  const past = keys.filter((key) => keyState(key, keys, now) === 'retiring' && key.retiresAt !== undefined && key.retiresAt < now)
  return { update: past.map((key) => ({ keyId: key.keyId, retiredAt: now })) }
}

/** Takes one key out. @throws CommandRefused `not_found`, `key_in_use` */
export function planRetirementOf(keyId: KeyId, force: boolean, { keys, now }: Planning): KeyChange {
  const key = getKey(keyId, keys)
  const state = keyState(key, keys, now)
  if (state === 'retired') return {}
  if (state === 'signing') throw new CommandRefused('key_in_use', 'this key signs; rotate first')
  if (state === 'published') throw new CommandRefused('key_in_use', 'this key is the next to sign')
  if (!force && (key.retiresAt === undefined || key.retiresAt >= now)) {
    throw new CommandRefused(
      'key_in_use',
      `tokens of this key may be alive until ${key.retiresAt ?? 'an unknown time'} (epoch seconds); --force ends them here, "revoke key" at the gateways too`,
    )
  }
  return { update: [{ keyId, retiredAt: now }] }
}

/** Ends a key and all its tokens; where it signed, the published key signs at once. @throws CommandRefused `not_found` */
export function planRevocation(keyId: KeyId, planning: Planning): KeyChange {
  const key = getKey(keyId, planning.keys)
  const use = key.use === 'access' ? 'access' : 'refresh'
  const ends: Update = { keyId, retiredAt: planning.now }
  switch (keyState(key, planning.keys, planning.now)) {
    case 'signing': {
      const { insert = [], update = [] } = planRotation(use, planning)
      return { insert, update: [...update.filter((other) => other.keyId !== keyId), ends], revoke: keyId }
    }
    case 'published':
      return { insert: [newKey(use, undefined, planning)], update: [ends], revoke: keyId }
    case 'retiring':
      return { update: [ends], revoke: keyId }
    case 'retired':
      return { revoke: keyId }
  }
}

/** Seals with the current encryption key what another one sealed. */
export function planRewrap({ keys, sealer }: Planning): KeyChange {
  const stale = keys.filter((key) => !sealer.isCurrent(key.sealed))
  return { update: stale.map((key) => ({ keyId: key.keyId, sealed: sealer.seal(sealer.open(key.sealed, sealLabel(key)), sealLabel(key)) })) }
}

function getKey(keyId: KeyId, keys: readonly StoredKey[]): StoredKey {
  const key = keys.find((candidate) => candidate.keyId === keyId && candidate.use !== 'secret')
  if (key === undefined) throw new CommandRefused('not_found', 'there is no such key')
  return key
}
