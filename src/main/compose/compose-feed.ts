import { setTimeout as sleep } from 'node:timers/promises'
import { createFeed, type Feed } from '../../feed/create-feed.js'
import { createFeedSigner } from '../../feed/feed-signer.js'
import type { KeyFollower } from '../../keys/follow-keys.js'
import type { LogFollower } from '../../revocations/follow-log.js'
import type { RevocationSet } from '../../verification/revocation-set.js'
import type { Resources } from '../resources.js'

export interface FeedParts {
  readonly follower: () => LogFollower
  readonly revocations: RevocationSet
  readonly keys: KeyFollower
  readonly issuer: string
  readonly nextTurn: () => Promise<void>
}

/**
 * Gateways at once, what may wait for a slow one, and how far back the changes are kept in memory: for those who come back after a partition as they are
 * sent, which is some 220,000 entries, or those of a quarter of an hour at 200 a second.
 */
const FEED = { most: 10_000, bufferedBytes: 1024 * 1024, recentEntries: 20_000, pageBytes: 32 * 1024 * 1024 }

/** What gateways are told by this process. */
export function composeFeed({ stores, clock }: Resources, { follower, revocations, keys, issuer, nextTurn }: FeedParts): Feed {
  const view = {
    epoch: () => (follower().confirmedAtMs === undefined ? undefined : String(follower().heads().epoch)),
    seq: () => follower().position,
    confirmedAtMs: () => follower().confirmedAtMs ?? 0,
    trimmedTo: () => follower().heads().trimmedTo,
    walk: () => revocations.walk(),
  }
  const readLog = (seq: number, limit: number) => stores.revocations.since(seq, limit)
  const signer = createFeedSigner(issuer, () => keys.ring().signingKey('access', clock.now()))
  return createFeed({ view, readLog, clock, nextTurn, rest: (milliseconds) => sleep(milliseconds), signer }, FEED)
}
