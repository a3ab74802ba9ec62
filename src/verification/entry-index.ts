import { REVOCATION_KINDS, type RevocationKind } from '../model/revocation-entry.js'
import { createColumn, SEGMENT } from './column.js'
import { createKeyedHash } from './keyed-hash.js'
import { PACKED_WORDS, packUuid, unpackUuid } from './packed-id.js'
import { createSlotIndex } from './slot-index.js'
import { NONE } from './slot-list.js'

/** Which record slot has which kind and id: 17 bytes a slot and about 9 for the index. Ids that are not UUIDs stand in a map. */
export interface EntryIndex {
  /** The slot, else -1. Allocates nothing where the id is a UUID. */
  find(kind: RevocationKind, id: string): number
  add(slot: number, kind: RevocationKind, id: string): void
  remove(slot: number): void
  kind(slot: number): RevocationKind
  id(slot: number): string
}

/** In the kind's cell: the id is not a UUID. */
const UNPACKED = 8

export function createEntryIndex(): EntryIndex {
  const kinds = createColumn(() => new Uint8Array(SEGMENT))
  const packed = createPackedIds(kinds.get)
  const unpacked = createUnpackedIds()
  const kind = (slot: number): RevocationKind => REVOCATION_KINDS[kinds.get(slot) & ~UNPACKED] ?? 'all'
  const isUnpacked = (slot: number): boolean => (kinds.get(slot) & UNPACKED) !== 0
  return {
    find: (of, id) => (packed.seek(REVOCATION_KINDS.indexOf(of), id) ? packed.find() : unpacked.find(of, id)),
    add(slot, of, id) {
      const number = REVOCATION_KINDS.indexOf(of)
      const isPacked = packed.seek(number, id)
      kinds.set(slot, isPacked ? number : number | UNPACKED)
      if (isPacked) packed.addSought(slot)
      else unpacked.add(slot, of, id)
    },
    remove(slot) {
      if (isUnpacked(slot)) unpacked.remove(slot, kind(slot))
      else packed.remove(slot)
    },
    kind,
    id: (slot) => (isUnpacked(slot) ? unpacked.id(slot) : packed.id(slot)),
  }
}

/** One id at a time is sought; it is kept as words, so that a look-up allocates nothing. */
function createPackedIds(kindOf: (slot: number) => number) {
  const ids = createColumn(() => new Uint32Array(SEGMENT))
  const sought = new Uint32Array(PACKED_WORDS)
  const loaded = new Uint32Array(PACKED_WORDS)
  let soughtKind = 0
  let soughtId: string | undefined
  // Keyed anew for each set, so that nobody can choose ids that collide.
  const hash = createKeyedHash(crypto.getRandomValues(new Uint32Array(2)))
  const index = createSlotIndex((slot) => hash(kindOf(slot), load(slot)), isSought)

  function load(slot: number): Uint32Array {
    for (let word = 0; word < PACKED_WORDS; word++) loaded[word] = ids.get(slot * PACKED_WORDS + word)
    return loaded
  }

  function isSought(slot: number): boolean {
    if (kindOf(slot) !== soughtKind) return false
    for (let word = 0; word < PACKED_WORDS; word++) if (ids.get(slot * PACKED_WORDS + word) !== sought[word]) return false
    return true
  }

  return {
    seek(kind: number, id: string): boolean {
      soughtKind = kind
      // An entry is sought before it is added.
      if (id === soughtId) return true
      soughtId = undefined
      if (!packUuid(id, sought)) return false
      soughtId = id
      return true
    },
    find: (): number => index.find(hash(soughtKind, sought)),
    addSought(slot: number): void {
      for (let word = 0; word < PACKED_WORDS; word++) ids.set(slot * PACKED_WORDS + word, sought[word] ?? 0)
      index.add(slot)
    },
    remove: index.remove,
    id: (slot: number): string => unpackUuid(load(slot)),
  }
}

function createUnpackedIds() {
  const slots = new Map<string, number>()
  const ids = new Map<number, string>()
  const key = (kind: RevocationKind, id: string): string => `${kind}:${id}`
  const idOf = (slot: number): string => ids.get(slot) ?? ''
  return {
    find: (kind: RevocationKind, id: string): number => slots.get(key(kind, id)) ?? NONE,
    add(slot: number, kind: RevocationKind, id: string): void {
      slots.set(key(kind, id), slot)
      ids.set(slot, id)
    },
    remove(slot: number, kind: RevocationKind): void {
      slots.delete(key(kind, idOf(slot)))
      ids.delete(slot)
    },
    id: idOf,
  }
}
