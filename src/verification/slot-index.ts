import { NONE } from './slot-list.js'

/** Finds the slot of a record by the hash of its key. */
export interface SlotIndex {
  /** The slot with this hash that `isWanted` says yes to, else {@link NONE}. */
  find(hash: number): number
  add(slot: number): void
  remove(slot: number): void
}

const FIRST_SIZE = 1 << 10
const FULL = 0.6

/**
 * An open-addressed table of 4 bytes a place, at most six tenths full. A slot needs fewer bits than a place has; the others hold those of the
 * hash that did not choose the place, so that a record is hardly ever looked at in vain (each look is a miss in the processor's caches).
 * Removal moves followers back (Knuth, algorithm R), so that nothing wears out however often records come and go.
 */
export function createSlotIndex(hashOf: (slot: number) => number, isWanted: (slot: number) => boolean): SlotIndex {
  let table = new Int32Array(FIRST_SIZE)
  let mask = FIRST_SIZE - 1
  let used = 0
  const slotAt = (place: number): number => ((table[place] ?? 0) & mask) - 1
  const following = (place: number): number => (place + 1) & mask
  const home = (slot: number): number => hashOf(slot) & mask
  const distance = (from: number, to: number): number => (to - from) & mask

  function put(slot: number): void {
    const hash = hashOf(slot)
    let place = hash & mask
    while (slotAt(place) !== NONE) place = following(place)
    table[place] = (hash & ~mask) | (slot + 1)
  }

  function grow(): void {
    const old = table
    const oldMask = mask
    table = new Int32Array(old.length * 2)
    mask = table.length - 1
    for (const cell of old) if (cell !== 0) put((cell & oldMask) - 1)
  }

  return {
    find(hash) {
      for (let place = hash & mask; ; place = following(place)) {
        const cell = table[place] ?? 0
        const slot = (cell & mask) - 1
        if (slot === NONE || (((cell ^ hash) & ~mask) === 0 && isWanted(slot))) return slot
      }
    },
    add(slot) {
      if (++used > table.length * FULL) grow()
      put(slot)
    },
    remove(slot) {
      used--
      let hole = home(slot)
      while (slotAt(hole) !== slot) hole = following(hole)
      for (let place = following(hole); slotAt(place) !== NONE; place = following(place)) {
        if (distance(home(slotAt(place)), place) < distance(hole, place)) continue
        table[hole] = table[place] ?? 0
        hole = place
      }
      table[hole] = 0
    },
  }
}
