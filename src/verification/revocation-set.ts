import type { RevocableToken } from '../model/claims.js'
import { REVOCATION_KINDS, type RevocationEntry, type RevocationKind, revocableId } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import type { ClientEntries } from './client-numbers.js'
import { createEntryRecords } from './entry-records.js'
import { createSlotLinks, emptyList, NONE, type SlotList } from './slot-list.js'

/** The revocations that are in force, in at most 67 bytes of resident memory each at a million entries with UUIDs. */
export interface RevocationSet {
  readonly size: number
  /** The highest `seq` that was ever applied; 0 before the first. Not lowered by expiry. */
  readonly seq: number
  /**
   * Takes an entry in. Of two with the same kind and id the one with the higher `seq` counts; where both have a cut-off,
   * neither the cut-off nor the expiry goes back. Cheapest in the order of `seq`.
   * @returns false, with nothing changed, for an entry that is no newer than the one that is held.
   */
  apply(entry: RevocationEntry): boolean
  /** The kind of an entry that hits the token; undefined when none does. Every matching entry counts. */
  refusal(token: RevocableToken): RevocationKind | undefined
  /**
   * The greatest cut-off among the subject, client and all entries under which a new grant would fall; `open` where one of
   * them matches whatever the times say. A grant made at a second after the cut-off lives.
   */
  cutoffFor(token: Pick<RevocableToken, 'clientId' | 'subject' | 'authorizedType'>): EpochSeconds | 'open' | undefined
  /**
   * Drops the entries of every whole minute that lies before `now`, so one leaves up to 59 seconds after its `expires`. Costs as much as goes.
   * @returns how many went.
   */
  expire(now: EpochSeconds): number
  /** Those with a `seq` greater than `after`, in ascending order; costs as much as they are. The set must not change meanwhile. */
  entries(after?: number): Iterable<RevocationEntry>
  /** Goes through all of them while the set may change. To be ended. */
  walk(): EntryWalk
  /** Takes one out, where it is held. */
  remove(kind: RevocationKind, id: string): void
  /** Every client that entries name, with how many do. */
  clients(): Iterable<ClientEntries>
  clear(): void
}

/**
 * A walk in ascending `seq`. Whatever was in force at its beginning is met: as it was, or as what has taken its place
 * since; unless it has expired by then. What comes meanwhile may be met too.
 */
export interface EntryWalk {
  /** The next entries, at most `limit`; fewer at the end. */
  take(limit: number): readonly RevocationEntry[]
  end(): void
}

const GRANT_KINDS: readonly RevocationKind[] = ['subject', 'client', 'all']
const minuteOf = (instant: number): number => Math.floor(instant / 60)

/** An empty set. */
export function createRevocationSet(): RevocationSet {
  let held = emptyState()
  return {
    get size() {
      return held.size
    },
    get seq() {
      return held.seq
    },
    apply: (entry) => apply(held, entry),
    refusal: (token) => refusal(held, token),
    cutoffFor: (token) => cutoffFor(held, token),
    expire: (now) => expire(held, now),
    entries: (after = 0) => entries(held, after),
    walk: () => walk(held),
    remove: (kind, id) => remove(held, kind, id),
    clients: () => held.records.clients(),
    clear() {
      held = emptyState()
    },
  }
}

interface State {
  readonly records: ReturnType<typeof createEntryRecords>
  readonly inOrder: ReturnType<typeof createSlotLinks>
  readonly order: SlotList
  readonly inMinute: ReturnType<typeof createSlotLinks>
  readonly minutes: Map<number, SlotList>
  readonly counts: Record<RevocationKind, number>
  /** Where each walk under way goes on. */
  readonly walks: Set<{ next: number }>
  earliestMinute: number
  size: number
  seq: number
}

function emptyState(): State {
  return {
    records: createEntryRecords(),
    inOrder: createSlotLinks(),
    order: emptyList(),
    inMinute: createSlotLinks(),
    minutes: new Map(),
    counts: { token: 0, grant: 0, key: 0, subject: 0, client: 0, all: 0 },
    walks: new Set(),
    earliestMinute: Number.POSITIVE_INFINITY,
    size: 0,
    seq: 0,
  }
}

function apply(state: State, entry: RevocationEntry): boolean {
  const { records } = state
  state.seq = Math.max(state.seq, entry.seq)
  const slot = records.find(entry.kind, entry.id)
  if (slot === NONE) {
    state.size++
    state.counts[entry.kind]++
    link(state, records.add(entry))
    return true
  }
  if (entry.seq <= records.seq(slot)) return false
  const merged = notBefore(records.read(slot), entry)
  unlink(state, slot)
  records.change(slot, merged)
  link(state, slot)
  return true
}

function notBefore(held: RevocationEntry, entry: RevocationEntry): RevocationEntry {
  if (held.cutoff === undefined || entry.cutoff === undefined) return entry
  const cutoff = Math.max(held.cutoff, entry.cutoff) as EpochSeconds
  return { ...entry, cutoff, expires: Math.max(held.expires, entry.expires) as EpochSeconds }
}

function refusal(state: State, token: RevocableToken): RevocationKind | undefined {
  for (const kind of REVOCATION_KINDS) {
    const slot = slotFor(state, token, kind)
    if (slot === NONE) continue
    const cutoff = state.records.cutoff(slot)
    if (cutoff === undefined || token.grantedAt <= cutoff) return kind
  }
  return undefined
}

function cutoffFor(state: State, token: Pick<RevocableToken, 'clientId' | 'subject' | 'authorizedType'>): EpochSeconds | 'open' | undefined {
  let greatest: EpochSeconds | undefined
  for (const kind of GRANT_KINDS) {
    const slot = slotFor(state, token, kind)
    if (slot === NONE) continue
    const cutoff = state.records.cutoff(slot)
    if (cutoff === undefined) return 'open'
    if (greatest === undefined || cutoff > greatest) greatest = cutoff
  }
  return greatest
}

/** The common case, nothing of the kind revoked at all, costs one comparison. */
function slotFor(state: State, token: Partial<RevocableToken>, kind: RevocationKind): number {
  if (state.counts[kind] === 0) return NONE
  const id = revocableId(token as RevocableToken, kind)
  return id === undefined ? NONE : state.records.find(kind, id)
}

function expire(state: State, now: EpochSeconds): number {
  const minute = minuteOf(now)
  if (state.earliestMinute >= minute) return 0
  const before = state.size
  state.earliestMinute = Number.POSITIVE_INFINITY
  for (const [bucket, list] of state.minutes) {
    if (bucket < minute) dropAll(state, bucket, list)
    else state.earliestMinute = Math.min(state.earliestMinute, bucket)
  }
  return before - state.size
}

function dropAll(state: State, minute: number, list: SlotList): void {
  state.minutes.delete(minute)
  for (let slot = list.head, next = NONE; slot !== NONE; slot = next) {
    next = state.inMinute.next(slot)
    leaveOrder(state, slot)
    leaveRecords(state, slot)
  }
}

function remove(state: State, kind: RevocationKind, id: string): void {
  const slot = state.records.find(kind, id)
  if (slot === NONE) return
  unlink(state, slot)
  leaveRecords(state, slot)
}

function leaveRecords(state: State, slot: number): void {
  state.counts[state.records.kind(slot)]--
  state.size--
  state.records.remove(slot)
}

function* entries(state: State, after: number): Iterable<RevocationEntry> {
  const { inOrder, order, records } = state
  let first = after > 0 ? NONE : order.head
  if (after > 0) for (let slot = order.tail; slot !== NONE && records.seq(slot) > after; slot = inOrder.previous(slot)) first = slot
  for (let slot = first; slot !== NONE; slot = inOrder.next(slot)) yield records.read(slot)
}

function walk({ walks, inOrder, order, records }: State): EntryWalk {
  const here = { next: order.head }
  walks.add(here)
  return {
    take(limit) {
      const taken: RevocationEntry[] = []
      for (; here.next !== NONE && taken.length < limit; here.next = inOrder.next(here.next)) taken.push(records.read(here.next))
      return taken
    },
    end: () => void walks.delete(here),
  }
}

function link(state: State, slot: number): void {
  const { records, inOrder, order } = state
  let previous = order.tail
  while (previous !== NONE && records.seq(previous) > records.seq(slot)) previous = inOrder.previous(previous)
  inOrder.insert(order, previous, slot)

  const minute = minuteOf(records.expires(slot))
  const list = state.minutes.get(minute) ?? emptyList()
  state.minutes.set(minute, list)
  state.inMinute.insert(list, NONE, slot)
  state.earliestMinute = Math.min(state.earliestMinute, minute)
}

/** Whoever would have come here next goes on behind it. */
function leaveOrder({ walks, inOrder, order }: State, slot: number): void {
  for (const walk of walks) if (walk.next === slot) walk.next = inOrder.next(slot)
  inOrder.remove(order, slot)
}

function unlink(state: State, slot: number): void {
  leaveOrder(state, slot)
  const minute = minuteOf(state.records.expires(slot))
  const list = state.minutes.get(minute)
  if (list === undefined) return
  state.inMinute.remove(list, slot)
  if (list.head === NONE) state.minutes.delete(minute)
}
