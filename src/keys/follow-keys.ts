import { StoreUnavailable } from '../errors/operational-errors.js'
import type { Clock } from '../model/time.js'
import type { KeyStore } from '../stores/key-store.js'
import { type KeyRing, openKeyRing } from './key-ring.js'
import type { Sealer } from './seal.js'

/** Keeps one process's keys as they are in the store. */
export interface KeyFollower {
  /** @throws StoreUnavailable before the first reading. */
  ring(): KeyRing
  /** Reads the keys, unless those of `version` are loaded already. @throws StoreUnavailable @throws CommandRefused `wrong_encryption_key` */
  follow(version?: number): Promise<void>
  /** When the keys in use were last known to be the store's, in milliseconds since 1970; undefined before the first reading. */
  confirmedAtMs(): number | undefined
}

export function createKeyFollower(store: Pick<KeyStore, 'list'>, sealer: Sealer, clock: Clock): KeyFollower {
  let confirmedAtMs: number | undefined
  let loaded: { readonly version: number; readonly ring: KeyRing } | undefined

  async function read(): Promise<void> {
    const { version, keys } = await store.list()
    const ring = await openKeyRing(keys, sealer)
    // Of two readings at once the later one counts, in whatever order they end.
    if (loaded === undefined || version >= loaded.version) loaded = { version, ring }
  }

  return {
    ring() {
      if (loaded === undefined) throw new StoreUnavailable('keys')
      return loaded.ring
    },
    async follow(version) {
      const askedAtMs = clock.nowMs()
      if (version === undefined || loaded === undefined || version > loaded.version) await read()
      confirmedAtMs = askedAtMs
    },
    confirmedAtMs: () => confirmedAtMs,
  }
}
