import type { KeyChange, KeyStore, StoredKey } from '../../stores/key-store.js'
import { appendRevocation } from './append-revocations.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryKeyStore(state: MemoryState): KeyStore {
  return {
    list: () => answer(state, () => ({ version: state.head.keys, keys: state.keys })),
    apply: (version, change) =>
      answer(state, () => {
        if (state.head.keys !== version) return false
        state.keys = changed(state.keys, change)
        state.head.keys += 1
        const { revoke } = change
        return { entry: revoke === undefined ? undefined : appendRevocation(state, { kind: 'key', id: revoke }) }
      }),
  }
}

function changed(keys: readonly StoredKey[], { insert = [], update = [] }: KeyChange): readonly StoredKey[] {
  const all = [...keys, ...insert].map((key) => ({ ...key, ...update.find(({ keyId }) => keyId === key.keyId) }))
  return all.sort((one, other) => one.createdAt - other.createdAt || (one.keyId < other.keyId ? -1 : 1))
}
