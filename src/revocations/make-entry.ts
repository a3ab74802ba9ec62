import { NEVER, type RevocationEntry, type RevocationKind } from '../model/revocation-entry.js'
import { after, type EpochSeconds, later, type Seconds } from '../model/time.js'
import { knownOwner, type NewRevocation } from '../stores/revocation-log.js'

/** What holds for a whole batch. */
export interface EntryTimes {
  /** The database's time inside the transaction, rounded up, plus the allowed clock skew. */
  readonly cutoff: EpochSeconds
  /** The longest lifetime of any token that was ever in force. */
  readonly longestLifetime: Seconds
  readonly keepAfterExpiry: Seconds
}

/** What the log and the registers say before the batch. */
export interface LogStanding {
  /** The greatest cut-off there is for this kind and id. */
  greatestCutoff(kind: RevocationKind, id: string): EpochSeconds | undefined
  /** The greatest cut-off there is for any id of this kind. */
  greatestCutoffOf(kind: RevocationKind): EpochSeconds | undefined
  /** Whether that user or client is disabled or deleted: its entries then match everything, whoever asks for less. */
  isShut(kind: RevocationKind, id: string): boolean
}

/** Whose cut-offs may hit one token: those of another user never hit this user's, but those of any client may. */
const ALSO_HIT: Readonly<Record<'subject' | 'client' | 'all', readonly RevocationKind[]>> = {
  subject: ['client', 'all'],
  client: ['subject', 'all'],
  all: ['subject', 'client', 'all'],
}

/** When an entry with this cut-off may leave: after the last token that it can hit. */
export function expiryAfter(cutoff: EpochSeconds, { longestLifetime, keepAfterExpiry }: EntryTimes): EpochSeconds {
  return after(after(cutoff, longestLifetime), keepAfterExpiry)
}

/** The log entry for a revocation: the one place where cut-off and expiry are reckoned. */
export function makeEntry(revocation: NewRevocation, seq: number, times: EntryTimes, standing: LogStanding): RevocationEntry {
  switch (revocation.kind) {
    case 'key':
      return { seq, kind: 'key', id: revocation.id, cutoff: undefined, expires: NEVER }
    case 'grant':
      return { seq, kind: 'grant', id: revocation.id, cutoff: undefined, expires: expiryAfter(times.cutoff, times), ...clientOf(revocation) }
    case 'token': {
      const { id, expiresAt } = revocation
      return {
        seq,
        kind: 'token',
        id,
        cutoff: undefined,
        expires: expiresAt === undefined ? expiryAfter(times.cutoff, times) : after(expiresAt, times.keepAfterExpiry),
        ...clientOf(revocation),
      }
    }
    case 'subject':
    case 'client':
    case 'all': {
      const { kind } = revocation
      const id = kind === 'all' ? '' : revocation.id
      const cutoff = cutoffFor(kind, id, times, standing)
      const isOpen = (kind !== 'all' && revocation.open) || standing.isShut(kind, id)
      return { seq, kind, id, cutoff: isOpen ? undefined : cutoff, expires: expiryAfter(cutoff, times) }
    }
  }
}

const clientOf = (revocation: NewRevocation): Pick<RevocationEntry, 'client'> => {
  const owner = knownOwner(revocation)
  return owner === undefined ? {} : { client: owner.clientId }
}

/**
 * A grant that is made in the reach of a cut-off counts as made one second after it. So a later cut-off that can hit the same
 * tokens lies at least there: else it would miss what was granted between the two of one second, or of a clock that was set back.
 */
function cutoffFor(kind: 'subject' | 'client' | 'all', id: string, { cutoff }: EntryTimes, standing: LogStanding): EpochSeconds {
  const earlier = [standing.greatestCutoff(kind, id), ...ALSO_HIT[kind].map((other) => standing.greatestCutoffOf(other))]
  return earlier.reduce<EpochSeconds>((latest, one) => (one === undefined ? latest : later(latest, (one + 1) as EpochSeconds)), cutoff)
}
