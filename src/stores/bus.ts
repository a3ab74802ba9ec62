import type { RevocationEntry } from '../model/revocation-entry.js'

/** What of the database may have changed, beside the revocation log. */
export type ChangedThing = 'clients' | 'users' | 'keys'
/** `down`: what the other nodes say is not heard now, or not all of it. */
export type BusState = 'up' | 'down'

/** Who listens to a bus. None of its functions throws or waits. */
export interface BusListener {
  /** Entries that another node has made durable: at least one, in the order of the log, without gaps among themselves. `epoch` in milliseconds since 1970. */
  onEntries(epoch: number, entries: readonly RevocationEntry[]): void
  onChanged(what: ChangedThing): void
  /** `up` also after a time in which messages may have been missed. */
  onState(state: BusState): void
}

/**
 * What the nodes tell each other, so that none has to wait for its next poll. It promises nothing: a message may be lost,
 * come late, twice or out of order. The truth, and how far it has come, is read from the database alone.
 */
export interface Bus {
  /** Tells the other nodes of entries that are durable. Never fails, never waits. `epoch` in milliseconds since 1970. */
  publish(epoch: number, entries: readonly RevocationEntry[]): void
  /** Tells the other nodes that they should read again. Never fails, never waits. */
  changed(what: ChangedThing): void
  /** Hears the other nodes, never itself. To be called once. */
  listen(listener: BusListener): void
  state(): BusState
  /** Messages that were passed over because no node can have said them so. */
  rejected(): number
  /** Waits a bounded time for what was said last. */
  close(): Promise<void>
}
