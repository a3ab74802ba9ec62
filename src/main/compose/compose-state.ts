import { type ClientCache, createClientCache } from '../../clients/client-cache.js'
import type { Settings } from '../../config/settings.js'
import type { Feed } from '../../feed/create-feed.js'
import { createGrantAdvances, type GrantAdvances } from '../../grants/advance-grants.js'
import { createKeyFollower, type KeyFollower } from '../../keys/follow-keys.js'
import type { RevocableToken } from '../../model/claims.js'
import type { RevocationEntry, RevocationKind } from '../../model/revocation-entry.js'
import { seconds } from '../../model/time.js'
import { LogFollower } from '../../revocations/follow-log.js'
import { createBusListener } from '../../revocations/hear-bus.js'
import { createRevocationRecorder } from '../../revocations/record-revocation.js'
import type { Heads } from '../../stores/change-heads.js'
import type { Coalescer } from '../../stores/coalesce.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { NewRevocation } from '../../stores/revocation-log.js'
import { createUsernameCache, type UsernameCache } from '../../tokens/username-cache.js'
import { createRevocationSet, type RevocationSet } from '../../verification/revocation-set.js'
import type { Resources } from '../resources.js'
import { type AdoptionState, createAdoptionState } from './adoption-state.js'
import { type Announcements, createAnnouncements } from './announce-entries.js'
import { composeFeed } from './compose-feed.js'
import { createOutageWatch, type OutageWatch } from './outage-watch.js'

/** What a process keeps in memory of what the database knows, and how it stays true. */
export interface State {
  readonly revocations: RevocationSet
  readonly follower: LogFollower
  readonly keys: KeyFollower
  readonly clients: ClientCache
  readonly usernames: UsernameCache
  readonly feed: Feed
  readonly adoption: AdoptionState
  readonly outages: OutageWatch
  readonly advances: GrantAdvances
  /** What it returns is known to all processes of this machine. */
  readonly recorder: Coalescer<NewRevocation, RevocationEntry>
  readonly announcements: Announcements
  /** Puts durable entries in force here and lets the others know; settled when the processes of this machine do. */
  readonly publish: (entries: readonly RevocationEntry[]) => Promise<void>
  /** Which entry hits a token. @throws StoreUnavailable when that cannot be told now. */
  readonly refusal: (token: RevocableToken) => RevocationKind | undefined
  readonly isRevoked: (token: RevocableToken) => boolean
}

const CACHED_CLIENTS = 10_000
const CACHED_USERNAMES = 10_000
/** A change is noticed by the change counter; this only bounds what a missed one could do. */
const CLIENT_AGE = seconds(300)

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export interface StateParts {
  readonly events: EventSink
  /** `iss`: what the feed signs in the name of. */
  readonly issuer: string
}

export function composeState({ oauth, revocation, renewal }: Settings, resources: Resources, { events, issuer }: StateParts): State {
  const { stores, sealer, clock, bus, siblings } = resources
  const revocations = createRevocationSet()
  const keys = createKeyFollower(stores.keys, sealer, clock)
  const clients = createClientCache((id) => stores.clients.find(id), clock, { maxEntries: CACHED_CLIENTS, maxAge: CLIENT_AGE })
  const usernames = createUsernameCache(stores.users, CACHED_USERNAMES)
  const feed = composeFeed(resources, { follower: () => follower, revocations, keys, issuer, nextTurn })
  const watchHeads = createHeadWatch({ clients, usernames, keys, events })
  const listener = {
    onEntries: (entries: readonly RevocationEntry[]) => feed.publish(entries),
    onRestart: () => feed.restart(),
    onHeads(heads: Heads) {
      feed.confirm(heads.databaseTimeMs)
      watchHeads(heads)
    },
    onRestoredDatabase: (epoch: number, lost: number) => events({ type: 'epoch_started', epoch: String(epoch), lost }),
  }
  const reading = { log: stores.revocations, changeHeads: stores.heads, set: revocations, nextTurn }
  const follower: LogFollower = new LogFollower({ ...reading, clock, listener }, revocation)
  // Before anything is read, so that nothing that a sibling records from now on is missed.
  siblings?.hear((entries) => follower.include(entries))
  bus?.listen(createBusListener({ follower, clock, events }))
  const announcements = createAnnouncements({ bus, siblings, epoch: () => follower.heads().epoch })
  const include = (entries: readonly RevocationEntry[]) => {
    follower.include(entries)
    announcements.announce(entries)
  }
  const recorder = awaitSiblings(createRevocationRecorder({ log: stores.revocations, include, events, nextTurn }, revocation.maxQueue), announcements)
  const publish = async (entries: readonly RevocationEntry[]) => {
    include(entries)
    for (const entry of entries) events({ type: 'revoked', entry })
    await Promise.all(entries.map((entry) => announcements.known(entry)))
  }
  const advances = createGrantAdvances({ grants: stores.grants, nextTurn }, renewal.maxQueue)
  const outages = createOutageWatch({ heads: stores.heads, follower: () => follower }, renewal.grace)
  const adoption = createAdoptionState(stores.adoption, oauth.adoptedIssuers)
  const refusal = (token: RevocableToken) => {
    follower.assertFresh()
    return revocations.refusal(token)
  }
  const isRevoked = (token: RevocableToken) => refusal(token) !== undefined
  return { revocations, follower, keys, clients, usernames, feed, adoption, outages, advances, recorder, announcements, publish, refusal, isRevoked }
}

function awaitSiblings(recorder: State['recorder'], { known }: Announcements): State['recorder'] {
  return {
    pending: () => recorder.pending(),
    async submit(revocation) {
      const entry = await recorder.submit(revocation)
      await known(entry)
      return entry
    },
  }
}

type Watched = Pick<State, 'clients' | 'usernames' | 'keys'> & { readonly events: EventSink }

/** Drops or reads again what the change counters say has changed. */
function createHeadWatch({ clients, usernames, keys, events }: Watched): (heads: Heads) => void {
  let seen: Heads | undefined
  return (heads) => {
    if (seen?.clients !== heads.clients) clients.clear()
    if (seen?.users !== heads.users) usernames.clear()
    // Not awaited: the old keys serve on until the new ones are open. The next poll tries again.
    keys.follow(heads.keys).catch((cause: unknown) => events({ type: 'store_unavailable', store: 'keys', cause }))
    seen = heads
  }
}
