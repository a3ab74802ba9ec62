import { createColumn, SEGMENT } from './column.js'

/** No slot. */
export const NONE = -1

/** The two ends of a list of slots. */
export interface SlotList {
  head: number
  tail: number
}

/** Doubly linked lists that share two columns: 8 bytes a slot, each slot in at most one list. */
export interface SlotLinks {
  /** Puts `slot` behind `previous`, or first where that is {@link NONE}. */
  insert(list: SlotList, previous: number, slot: number): void
  remove(list: SlotList, slot: number): void
  next(slot: number): number
  previous(slot: number): number
}

export const emptyList = (): SlotList => ({ head: NONE, tail: NONE })

/** Links are kept plus one, since the cells of a new column are zero. */
export function createSlotLinks(): SlotLinks {
  const nexts = createColumn(() => new Int32Array(SEGMENT))
  const previouses = createColumn(() => new Int32Array(SEGMENT))
  const next = (slot: number): number => nexts.get(slot) - 1
  const previous = (slot: number): number => previouses.get(slot) - 1

  function join(list: SlotList, before: number, after: number): void {
    if (before === NONE) list.head = after
    else nexts.set(before, after + 1)
    if (after === NONE) list.tail = before
    else previouses.set(after, before + 1)
  }

  return {
    insert(list, before, slot) {
      const after = before === NONE ? list.head : next(before)
      join(list, before, slot)
      join(list, slot, after)
    },
    remove: (list, slot) => join(list, previous(slot), next(slot)),
    next,
    previous,
  }
}
