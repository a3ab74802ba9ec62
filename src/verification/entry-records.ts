import type { RevocationEntry, RevocationKind } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import { type ClientEntries, createClientNumbers } from './client-numbers.js'
import { createColumn, SEGMENT } from './column.js'
import { createEntryIndex } from './entry-index.js'
import { createInstantColumn } from './instant-column.js'

/** Revocation entries as columns of numbers, no object per entry. */
export interface EntryRecords {
  /** The slot of the record, else -1. */
  find(kind: RevocationKind, id: string): number
  /** Puts a new record into a free slot. There must be none yet with its kind and id. */
  add(entry: RevocationEntry): number
  /** Writes position, cut-off, expiry and client anew. */
  change(slot: number, entry: RevocationEntry): void
  remove(slot: number): void
  read(slot: number): RevocationEntry
  kind(slot: number): RevocationKind
  seq(slot: number): number
  expires(slot: number): EpochSeconds
  cutoff(slot: number): EpochSeconds | undefined
  client(slot: number): string | undefined
  /** Every client that entries name, with how many do. */
  clients(): Iterable<ClientEntries>
}

export function createEntryRecords(): EntryRecords {
  const index = createEntryIndex()
  const seqs = createColumn(() => new Float64Array(SEGMENT))
  const cutoffs = createInstantColumn()
  const expiries = createInstantColumn()
  const owners = createColumn(() => new Uint32Array(SEGMENT))
  const clients = createClientNumbers()
  const free: number[] = []
  let slots = 0

  function change(slot: number, entry: RevocationEntry): void {
    seqs.set(slot, entry.seq)
    cutoffs.set(slot, entry.cutoff)
    expiries.set(slot, entry.expires)
    clients.release(owners.get(slot))
    owners.set(slot, clients.take(entry.client))
  }

  function add(entry: RevocationEntry): number {
    const slot = free.pop() ?? slots++
    change(slot, entry)
    index.add(slot, entry.kind, entry.id)
    return slot
  }

  function remove(slot: number): void {
    index.remove(slot)
    clients.release(owners.get(slot))
    owners.set(slot, 0)
    free.push(slot)
  }

  const { find, kind } = index
  const seq = (slot: number): number => seqs.get(slot)
  const expires = (slot: number): EpochSeconds => expiries.get(slot) as EpochSeconds
  const cutoff = (slot: number): EpochSeconds | undefined => cutoffs.get(slot) as EpochSeconds | undefined
  const client = (slot: number): string | undefined => clients.name(owners.get(slot))

  function read(slot: number): RevocationEntry {
    const entry = { seq: seq(slot), kind: kind(slot), id: index.id(slot), cutoff: cutoff(slot), expires: expires(slot) }
    const owner = client(slot)
    return owner === undefined ? entry : { ...entry, client: owner }
  }

  return {
    ...{ find, add, change, remove, read, kind, seq, expires, cutoff, client, clients: clients.all },
  }
}
