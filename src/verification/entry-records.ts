import type { RevocationEntry, RevocationKind } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import { createColumn, SEGMENT } from './column.js'
import { createEntryIndex } from './entry-index.js'

/** Revocation entries as columns of numbers, no object per entry. */
export interface EntryRecords {
  /** The slot of the record, else -1. */
  find(kind: RevocationKind, id: string): number
  /** Puts a new record into a free slot. There must be none yet with its kind and id. */
  add(entry: RevocationEntry): number
  /** Writes position, cut-off and expiry anew. */
  change(slot: number, entry: RevocationEntry): void
  remove(slot: number): void
  read(slot: number): RevocationEntry
  kind(slot: number): RevocationKind
  seq(slot: number): number
  expires(slot: number): EpochSeconds
  cutoff(slot: number): EpochSeconds | undefined
}

export function createEntryRecords(): EntryRecords {
  const index = createEntryIndex()
  const seqs = createColumn(() => new Float64Array(SEGMENT))
  const cutoffs = createColumn(() => new Float64Array(SEGMENT))
  const expiries = createColumn(() => new Float64Array(SEGMENT))
  const free: number[] = []
  let slots = 0

  function change(slot: number, entry: RevocationEntry): void {
    seqs.set(slot, entry.seq)
    cutoffs.set(slot, entry.cutoff ?? Number.NaN)
    expiries.set(slot, entry.expires)
  }

  function add(entry: RevocationEntry): number {
    const slot = free.pop() ?? slots++
    change(slot, entry)
    index.add(slot, entry.kind, entry.id)
    return slot
  }

  function remove(slot: number): void {
    index.remove(slot)
    free.push(slot)
  }

  const { find, kind } = index
  const seq = (slot: number): number => seqs.get(slot)
  const expires = (slot: number): EpochSeconds => expiries.get(slot) as EpochSeconds
  const cutoff = (slot: number): EpochSeconds | undefined => {
    const value = cutoffs.get(slot)
    return Number.isNaN(value) ? undefined : (value as EpochSeconds)
  }
  return {
    ...{ find, add, change, remove, kind, seq, expires, cutoff },
    read: (slot) => ({ seq: seq(slot), kind: kind(slot), id: index.id(slot), cutoff: cutoff(slot), expires: expires(slot) }),
  }
}
