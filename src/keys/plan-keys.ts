import { CommandRefused } from '../errors/operational-errors.js'
import type { KeyId } from '../model/ids.js'
import { after, type EpochSeconds, type Seconds } from '../model/time.js'
import type { AccessAlgorithm, KeyChange, KeyUse, StoredKey } from '../stores/key-store.js'
import { generateKey, sealLabel } from './generate-key.js'
import type { ImportedKey } from './imported-key.js'
import { isPending, keyState, nextKey, pendingKey, type RotatingUse, signingNow } from './key-state.js'
import type { Sealer } from './seal.js'

export interface RotationSettings {
  readonly algorithm: AccessAlgorithm
  /** After how long a signing key is replaced. */
  readonly rotateEvery: Seconds
  /** How long a key is published before it signs by itself: the JWKS `max-age` plus the polling interval. */
  readonly publishBefore: Seconds
  /**
   * How long after a rotation a ring key begins to sign: until then every node has heard of it, so that the successor of
   * a refresh token is the same whichever node makes it.
   */
  readonly ringTakeover: Seconds
  /** How long a node that serves may go on signing as before a change: it is cut off from the database, and its clock differs. */
  readonly signingLag: Seconds
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
  if (signingNow(keys, use, now) === undefined) {
    // Where one is about to sign, a node whose clock is ahead has made it a moment ago.
    return pendingKey(keys, use, now) === undefined ? { insert: [newKey(use, now, planning), newKey(use, undefined, planning)] } : {}
  }
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

/** The next key takes over, an access key now and a ring key a little later, and another is published. */
export function planRotation(use: RotatingUse, planning: Planning): KeyChange {
  const { now, settings } = planning
  const isFirst = signingNow(planning.keys, use, now) === undefined
  return planTakeover(use, use === 'access' || isFirst ? now : after(now, settings.ringTakeover), planning)
}

/** The next key signs from `begin` on, those before it retire after their last token, and another is published. */
function planTakeover(use: RotatingUse, begin: EpochSeconds, planning: Planning): KeyChange {
  const next = nextKey(planning.keys, use)
  const began = next === undefined ? [newKey(use, begin, planning)] : []
  const begins: readonly Update[] = next === undefined ? [] : [{ keyId: next.keyId, signsFrom: begin }]
  return { insert: [...began, newKey(use, undefined, planning)], update: [...begins, ...planEnds(use, begin, planning)] }
}

/** What signs now, or would have from a later time on, ends when the last token that a node may sign with it has expired. */
function planEnds(use: RotatingUse, begin: EpochSeconds, { keys, now, longestLifetime, settings }: Planning): readonly Update[] {
  const signing = signingNow(keys, use, now)
  const retiresAt = after(after(begin, settings.signingLag), longestLifetime)
  return keys
    .filter((key) => key.keyId === signing?.keyId || (isPending(key, use, now) && key.retiresAt === undefined))
    .map(({ keyId }) => ({ keyId, retiresAt }))
}

/** Which key a change makes the signing one. */
export function beginsToSign(change: KeyChange): KeyId | undefined {
  return [...(change.update ?? []), ...(change.insert ?? [])].find((key) => key.signsFrom !== undefined)?.keyId
}

/**
 * Takes in public keys of another server: published, and good for verifying, until no token of them can be alive.
 * @throws CommandRefused `already_exists` when a name is another key's; `key_retired` when it was that of a key that is gone.
 */
export function planImport(imported: readonly ImportedKey[], retiresAt: EpochSeconds, { keys, now, sealer }: Planning): KeyChange {
  const insert = imported.flatMap(({ keyId, algorithm, publicJwk }): readonly StoredKey[] => {
    const existing = keys.find((key) => key.keyId === keyId)
    if (existing !== undefined && (existing.use !== 'adopted' || existing.publicJwk !== publicJwk))
      throw new CommandRefused('already_exists', `another key has the name ${keyId}`)
    if (existing?.retiredAt !== undefined)
      throw new CommandRefused('key_retired', `the key ${keyId} was taken out before, and a name is never used again`)
    if (existing !== undefined) return []
    const named = { keyId, use: 'adopted', algorithm } as const
    const sealed = sealer.seal(Buffer.from(publicJwk), sealLabel(named))
    return [{ ...named, publicJwk, sealed, createdAt: now, signsFrom: undefined, retiresAt, retiredAt: undefined }]
  })
  const later = imported.flatMap(({ keyId }) => keys.filter((key) => key.keyId === keyId && (key.retiresAt ?? 0) < retiresAt))
  return { insert, update: later.map(({ keyId }) => ({ keyId, retiresAt })) }
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

/** Ends a key and all its tokens; where it signed, another signs at once. @throws CommandRefused `not_found` */
export function planRevocation(keyId: KeyId, planning: Planning): KeyChange {
  const { keys, now } = planning
  const key = getKey(keyId, keys)
  const { insert = [], update = [] } = planReplacement(key, planning)
  const others = update.filter((other) => other.keyId !== keyId)
  return { insert, update: key.retiredAt === undefined ? [...others, { keyId, retiredAt: now }] : others, revoke: keyId }
}

function planReplacement(key: StoredKey, planning: Planning): KeyChange {
  const { keys, now } = planning
  const use = key.use === 'access' ? 'access' : 'refresh'
  switch (keyState(key, keys, now)) {
    case 'signing': {
      const pending = pendingKey(keys, use, now)
      return pending === undefined ? planTakeover(use, now, planning) : { update: [{ keyId: pending.keyId, signsFrom: now }] }
    }
    case 'published':
      return key.signsFrom === undefined ? { insert: [newKey(use, undefined, planning)] } : planRotation(use, planning)
    case 'retiring':
    case 'retired':
      return {}
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
