import { StoreUnavailable } from '../errors/operational-errors.js'
import type { KeyStore } from '../stores/key-store.js'
import { type KeyRing, openKeyRing } from './key-ring.js'
import type { Sealer } from './seal.js'

/** Keeps one process's keys as they are in the store. */
export interface KeyFollower {
  /** @throws StoreUnavailable before the first reading. */
  ring(): KeyRing
  /** Reads the keys, unless those of `version` are loaded already. @throws StoreUnavailable @throws CommandRefused `wrong_encryption_key` */
  follow(version?: number): Promise<void>
}

export function createKeyFollower(store: Pick<KeyStore, 'list'>, sealer: Sealer): KeyFollower {
  let loaded: { readonly version: number; readonly ring: KeyRing } | undefined

  return {
    ring() {
      if (loaded === undefined) throw new StoreUnavailable('keys')
      return loaded.ring
    },
    async follow(version) {
      if (version !== undefined && loaded !== undefined && version <= loaded.version) return
      const { version: read, keys } = await store.list()
      const ring = await openKeyRing(keys, sealer)
      // Of two readings at once the later one counts, in whatever order they end.
      if (loaded === undefined || read >= loaded.version) loaded = { version: read, ring }
    },
  }
}
