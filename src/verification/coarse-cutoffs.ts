import type { RevocableToken } from '../model/claims.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'

/** What stands for entries that are no longer held one by one: per client, or for all. */
export interface CoarseCutoffs {
  readonly size: number
  /** From now on there is one for all; those of the clients go into it. */
  takeAll(): void
  /** Makes the cut-off of the entry's client, or that for all, hit what the entry hits. @param cutoff undefined: whatever the times say. */
  include(entry: RevocationEntry, cutoff: EpochSeconds | undefined): void
  hits(token: Pick<RevocableToken, 'clientId' | 'grantedAt'>): boolean
  /** Drops those of which every entry has expired. */
  expire(now: EpochSeconds): void
}

interface Coarse {
  readonly cutoff: number
  readonly expires: number
}

const NOTHING: Coarse = { cutoff: Number.NEGATIVE_INFINITY, expires: Number.NEGATIVE_INFINITY }
const EVER = Number.POSITIVE_INFINITY
/** `expire` drops whole minutes, as the set of the entries does. */
const MINUTE = 60

export function createCoarseCutoffs(): CoarseCutoffs {
  const clients = new Map<string, Coarse>()
  let all: Coarse | undefined

  const hitBy = (one: Coarse | undefined, grantedAt: number): boolean => one !== undefined && grantedAt <= one.cutoff

  return {
    get size() {
      return clients.size + (all === undefined ? 0 : 1)
    },
    takeAll() {
      all = [...clients.values()].reduce(together, all ?? NOTHING)
      clients.clear()
    },
    include({ client, expires }, cutoff) {
      const coarse = { cutoff: cutoff ?? EVER, expires }
      if (all !== undefined || client === undefined) all = together(all ?? NOTHING, coarse)
      else clients.set(client, together(clients.get(client) ?? NOTHING, coarse))
    },
    hits: ({ clientId, grantedAt }) => hitBy(all, grantedAt) || (clients.size > 0 && hitBy(clients.get(clientId), grantedAt)),
    expire(now) {
      const isOver = ({ expires }: Coarse): boolean => expires + MINUTE <= now
      for (const [client, coarse] of clients) if (isOver(coarse)) clients.delete(client)
      if (all !== undefined && isOver(all)) all = undefined
    },
  }
}

const together = (one: Coarse, other: Coarse): Coarse => ({
  cutoff: Math.max(one.cutoff, other.cutoff),
  expires: Math.max(one.expires, other.expires),
})
