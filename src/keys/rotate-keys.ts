import { CommandRefused } from '../errors/operational-errors.js'
import type { KeyId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import { after, type Clock, type EpochSeconds, type Seconds } from '../model/time.js'
import type { EventSink } from '../stores/event-sink.js'
import type { KeyChange, KeyStore } from '../stores/key-store.js'
import type { ImportedKey } from './imported-key.js'
import type { RotatingUse } from './key-state.js'
import {
  beginsToSign,
  type Planning,
  planImport,
  planRetirement,
  planRetirementOf,
  planRevocation,
  planRewrap,
  planRotation,
  planSecret,
  planTending,
  type RotationSettings,
} from './plan-keys.js'
import type { Sealer } from './seal.js'

const ATTEMPTS = 5
const USES: readonly RotatingUse[] = ['access', 'refresh']

export interface RotationNeeds {
  readonly store: KeyStore
  readonly sealer: Sealer
  readonly clock: Clock
  readonly events: EventSink
  /** For how long after a key has stopped signing a token of it can be alive. @throws StoreUnavailable */
  readonly longestLifetime: () => Seconds
}

export interface KeyRotation {
  /** Makes what is missing, rotates what is due, retires what is past: for the first start and for the background. @throws StoreUnavailable */
  tend(): Promise<void>
  /**
   * The published key takes over, and another is published: an access key signs at once, a ring key as soon as every node has
   * heard of it. @returns the key that takes over. @throws StoreUnavailable
   */
  rotate(use: RotatingUse): Promise<KeyId>
  /**
   * Takes a key that no longer signs out of the published set: `keyId`, or all that are due.
   * @throws CommandRefused `not_found`; `key_in_use` when it signs, is the next, or its tokens may be alive and `force` is false.
   */
  retire(keyId: KeyId | undefined, force: boolean): Promise<readonly KeyId[]>
  /** The key's tokens are refused from now on; where it signed, another signs at once. @throws CommandRefused `not_found` */
  revoke(keyId: KeyId): Promise<RevocationEntry>
  /**
   * Takes in public keys of another server, whose tokens are verified and never made here.
   * @param until when the last token of them expires; undefined: after the longest lifetime there is.
   * @throws CommandRefused `already_exists`, `key_retired`
   */
  import(imported: readonly ImportedKey[], until: EpochSeconds | undefined): Promise<readonly KeyId[]>
  /** Seals every key with the encryption key that seals now. @returns how many were sealed anew. */
  rewrap(): Promise<number>
}

/** Changes keys by plan and compare-and-set: what another node changed meanwhile is planned anew. */
function createKeyChanging({ store, sealer, clock, longestLifetime }: RotationNeeds, settings: RotationSettings) {
  return async (plan: (planning: Planning) => KeyChange): Promise<{ readonly change: KeyChange; readonly entry: RevocationEntry | undefined }> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { version, keys } = await store.list()
      const planned = plan({ keys, now: clock.now(), longestLifetime: longestLifetime(), sealer, settings })
      if (isEmpty(planned)) return { change: planned, entry: undefined }
      const applied = await store.apply(version, planned)
      if (applied !== false) return { change: planned, entry: applied.entry }
    }
    throw new CommandRefused('conflict', 'the keys are being changed by others; try again')
  }
}

export function createKeyRotation(needs: RotationNeeds, settings: RotationSettings): KeyRotation {
  const { events } = needs
  const change = createKeyChanging(needs, settings)

  async function importKeys(imported: readonly ImportedKey[], until: EpochSeconds | undefined): Promise<readonly KeyId[]> {
    await change((planning) => planImport(imported, until ?? after(planning.now, planning.longestLifetime), planning))
    return imported.map(({ keyId }) => keyId)
  }

  async function rotateBy(use: RotatingUse, plan: typeof planRotation): Promise<KeyId | undefined> {
    const { change: done } = await change((planning) => plan(use, planning))
    const keyId = beginsToSign(done)
    if (keyId !== undefined) events({ type: 'key_rotated', keyId, use })
    return keyId
  }

  return {
    async tend() {
      await change(planSecret)
      for (const use of USES) await rotateBy(use, planTending)
      await change(planRetirement)
    },
    async rotate(use) {
      const keyId = await rotateBy(use, planRotation)
      if (keyId === undefined) throw new CommandRefused('conflict', 'no key could be made to sign')
      return keyId
    },
    async retire(keyId, force) {
      const { change: done } = await change((planning) => (keyId === undefined ? planRetirement(planning) : planRetirementOf(keyId, force, planning)))
      return (done.update ?? []).map((update) => update.keyId)
    },
    async revoke(keyId) {
      const { entry } = await change((planning) => planRevocation(keyId, planning))
      if (entry === undefined) throw new CommandRefused('conflict', 'the key could not be revoked')
      return entry
    },
    import: importKeys,
    async rewrap() {
      const { change: done } = await change(planRewrap)
      return done.update?.length ?? 0
    },
  }
}

function isEmpty({ insert = [], update = [], revoke }: KeyChange): boolean {
  return insert.length === 0 && update.length === 0 && revoke === undefined
}
