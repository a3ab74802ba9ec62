import { OAuthError } from '../errors/oauth-error.js'
import { BoundedMap } from '../model/bounded-map.js'
import type { ClientId } from '../model/ids.js'
import type { Clock } from '../model/time.js'
import type { EventSink } from '../stores/event-sink.js'
import { knownOwner } from '../stores/revocation-log.js'
import type { RevokeTokenNeeds } from './revoke-token.js'

export interface RevocationLimits {
  /** Entries of one client a second, in the long run; above 0. */
  readonly perClientRate: number
  /** Entries at once of a client that has rested. */
  readonly perClientBurst: number
}

export interface RevocationLimitNeeds {
  readonly clock: Clock
  readonly events: EventSink
}

type RecordRevocation = RevokeTokenNeeds['record']

/** Those that revoked last; whoever makes room begins again with a full bucket. */
const MOST_CLIENTS = 10_000
/** Of one client, to the log. */
const QUIET_MS = 60_000

interface Bucket {
  /** Entries that it held at `atMs`, with fractions. */
  readonly level: number
  readonly atMs: number
  readonly toldAtMs: number
}

/**
 * Lets each client write its share of the log and no more: a token bucket for each, in this process alone. Only what is about to
 * become an entry is counted; what could not be made durable is given back.
 *
 * For revocations that the owner of the token asks for itself.
 * What it returns @throws OAuthError `slow_down` with the seconds after which the next entry is there; nothing was recorded.
 */
export function limitRevocations(
  record: RecordRevocation,
  { clock, events }: RevocationLimitNeeds,
  { perClientRate, perClientBurst }: RevocationLimits,
): RecordRevocation {
  const buckets = new BoundedMap<ClientId, Bucket>(MOST_CLIENTS)

  function bucketNow(client: ClientId): Bucket {
    const nowMs = clock.nowMs()
    const known = buckets.get(client)
    if (known === undefined) return { level: perClientBurst, atMs: nowMs, toldAtMs: Number.NEGATIVE_INFINITY }
    // A clock that was put back neither takes away nor stops the refilling.
    const filled = (Math.max(0, nowMs - known.atMs) * perClientRate) / 1000
    return { ...known, level: Math.min(perClientBurst, known.level + filled), atMs: nowMs }
  }

  function take(client: ClientId): void {
    const bucket = bucketNow(client)
    if (bucket.level < 1) throw refuse(client, bucket)
    buckets.set(client, { ...bucket, level: bucket.level - 1 })
  }

  function refuse(client: ClientId, bucket: Bucket): OAuthError {
    const isNews = bucket.atMs - bucket.toldAtMs >= QUIET_MS
    buckets.set(client, isNews ? { ...bucket, toldAtMs: bucket.atMs } : bucket)
    events({ type: 'revocation_limited', clientId: client, isNews })
    const retryAfter = Math.ceil((1 - bucket.level) / perClientRate)
    return new OAuthError('slow_down', 'the client revokes more than it may; nothing was revoked', { retryAfter })
  }

  function giveBack(client: ClientId): void {
    const bucket = bucketNow(client)
    buckets.set(client, { ...bucket, level: bucket.level + 1 })
  }

  return async (revocation) => {
    const client = knownOwner(revocation)?.clientId
    if (client === undefined) return record(revocation)
    take(client)
    try {
      return await record(revocation)
    } catch (error) {
      giveBack(client)
      throw error
    }
  }
}
