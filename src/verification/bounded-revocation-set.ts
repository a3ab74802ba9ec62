import type { RevocableToken } from '../model/claims.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import type { ClientEntries } from './client-numbers.js'
import { type CoarseCutoffs, createCoarseCutoffs } from './coarse-cutoffs.js'
import { createRevocationSet, type EntryWalk, type RevocationSet } from './revocation-set.js'

/**
 * A revocation set that never holds more than so many entries, and forgets none. Where they become too many, those of the clients
 * that have most are put together: each such client gets a coarse cut-off, which hits every token that one of its entries could have
 * hit, and others. Whether a token that only such a cut-off hits is revoked, the server has to be asked.
 */
export interface BoundedRevocationSet extends Pick<RevocationSet, 'size' | 'apply' | 'refusal' | 'expire'> {
  /** Whether a coarse cut-off hits the token. */
  isDoubtful(token: RevocableToken): boolean
  /** How many coarse cut-offs there are. */
  readonly coarse: number
}

export interface Bound {
  readonly maxEntries: number
  /** The server's time; undefined while it is not known. */
  readonly now: () => EpochSeconds | undefined
}

/** Before the bound is reached by this part of it, entries begin to leave; looking at this many for each that comes, that is over in time. */
const HEADROOM = 8
const LOOKS = 2 * HEADROOM
/** Fewer entries than this take less memory than a coarse cut-off. */
const WORTH_IT = 16
/** By how much the clock of the node that issued a token may be ahead of the server's time here. */
const SKEW_SECONDS = 30

export function createBoundedRevocationSet({ maxEntries, now }: Bound): BoundedRevocationSet {
  const set = createRevocationSet()
  const cutoffs = createCoarseCutoffs()
  const begin = Math.max(1, maxEntries - Math.ceil(maxEntries / HEADROOM))
  let leaving: { readonly walk: EntryWalk; readonly upTo: number; readonly isMeant: (entry: RevocationEntry) => boolean } | undefined

  function startLeaving(): void {
    const isMeant = chooseEntries(set, cutoffs, maxEntries)
    leaving = { walk: set.walk(), upTo: set.seq, isMeant }
  }

  /** The coarse cut-off comes before the entry goes, so that nothing is forgotten in between. */
  function goOn(): void {
    if (leaving === undefined) return
    const { walk, upTo, isMeant } = leaving
    const looked = walk.take(LOOKS)
    for (const entry of looked) {
      if (entry.seq > upTo || !isMeant(entry)) continue
      cutoffs.include(entry, coarseCutoff(entry, now()))
      set.remove(entry.kind, entry.id)
    }
    if (looked.length === LOOKS) return
    walk.end()
    leaving = undefined
  }

  return {
    get size() {
      return set.size
    },
    get coarse() {
      return cutoffs.size
    },
    apply(entry) {
      const isNew = set.apply(entry)
      if (leaving === undefined && set.size > begin) startLeaving()
      goOn()
      return isNew
    },
    refusal: set.refusal,
    isDoubtful: cutoffs.hits,
    expire(instant) {
      cutoffs.expire(instant)
      return set.expire(instant)
    },
  }
}

/** Marks whose entries are to leave. @returns whether an entry is one of them. */
function chooseEntries(set: RevocationSet, cutoffs: CoarseCutoffs, maxEntries: number): (entry: RevocationEntry) => boolean {
  const clients = largestClients(set, set.size / HEADROOM)
  const isEnough = clients !== undefined && cutoffs.size + clients.size <= maxEntries / WORTH_IT
  if (isEnough) return ({ client }) => client !== undefined && clients.has(client)
  cutoffs.takeAll()
  // Of keys, clients and `all` there are few, and they say more than a token that was revoked.
  return ({ kind }) => kind === 'token' || kind === 'grant' || kind === 'subject'
}

/** Those with most entries that have at least so many together; undefined where that would need more memory than it gives back. */
function largestClients(set: RevocationSet, least: number): ReadonlySet<string> | undefined {
  const worthIt = [...set.clients()].filter(({ entries }) => entries >= WORTH_IT).sort(byEntries)
  const chosen = new Set<string>()
  let together = 0
  for (const { client, entries } of worthIt) {
    chosen.add(client)
    together += entries
    if (together >= least) return chosen
  }
  return undefined
}

const byEntries = (one: ClientEntries, other: ClientEntries): number => other.entries - one.entries

/**
 * A second at or after which no grant was made that the entry hits. A revocation stands behind what it revokes, and an entry with a
 * cut-off says so itself. While the server's time is not known, the entry's expiry does: it comes after that of every token that it hits.
 */
function coarseCutoff({ cutoff, expires, kind }: RevocationEntry, now: EpochSeconds | undefined): EpochSeconds | undefined {
  if (kind === 'subject') return cutoff
  return now === undefined ? expires : (Math.min(expires, now + SKEW_SECONDS) as EpochSeconds)
}
