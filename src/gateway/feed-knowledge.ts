import type { RevocableToken } from '../model/claims.js'
import type { RevocationEntry, RevocationKind } from '../model/revocation-entry.js'
import { type EpochSeconds, epochSeconds } from '../model/time.js'
import { type BoundedRevocationSet, createBoundedRevocationSet } from '../verification/bounded-revocation-set.js'
import type { FeedHead } from '../verification/feed-message.js'
import { type FeedPosition, isAfter } from '../verification/feed-position.js'
import { type BucketSums, createLogDigest, type LogDigest } from '../verification/log-digest.js'
import type { SnapshotHead } from '../verification/snapshot-message.js'
import type { RevocationObserver, SnapshotObserver } from './gateway-events.js'

/** What is known does not lead to where the server is: only a new snapshot helps. */
export class ResyncNeeded extends Error {
  override readonly name = 'ResyncNeeded'
}

/** What is known does not add up to what the server has. */
export class DigestDiffers extends ResyncNeeded {}

/** A snapshot on its way. Nothing of it counts before `commit`. */
export interface Loading {
  take(entry: RevocationEntry): void
  /** @throws ResyncNeeded when it is older than what was ever known here. */
  commit(head: SnapshotHead): void
  abandon(): void
}

/** The revocations that this gateway has been told of, at one position of the log. */
export interface FeedKnowledge {
  refusal(token: RevocableToken): RevocationKind | undefined
  /** Whether the server has to be asked, since what would say more was put together. */
  isDoubtful(token: RevocableToken): boolean
  /** Another number whenever an entry was taken in. */
  version(): number
  position(): FeedPosition | undefined
  /** Nothing before this position will be taken. */
  refuseBefore(position: FeedPosition): void
  counts(): { readonly entries: number; readonly coarse: number }
  load(): Loading
  /** The next entry of the log; one that is known already is passed over. @throws ResyncNeeded when one is missing in between. */
  take(epoch: string, entry: RevocationEntry): void
  /** Compares with where the server says it is. @throws ResyncNeeded, DigestDiffers */
  compare(head: FeedHead): void
  /** The buckets in which what was told here does not add up to what the server has. */
  differing(server: BucketSums): readonly number[]
  expire(head: FeedHead): void
}

interface Held {
  readonly set: BoundedRevocationSet
  readonly digest: LogDigest
  /** From where on the sums are known; undefined where the server did not tell. */
  readonly sumsFrom: number | undefined
  readonly position: FeedPosition | undefined
}

interface Needs {
  readonly maxEntries: number
  readonly observer: RevocationObserver
  /** The server's time; undefined while it is not known. */
  readonly now: () => EpochSeconds | undefined
}

export function createFeedKnowledge({ maxEntries, observer, now }: Needs): FeedKnowledge {
  const createSet = (): BoundedRevocationSet => createBoundedRevocationSet({ maxEntries, now })
  let held: Held = { set: createSet(), digest: createLogDigest(), sumsFrom: undefined, position: undefined }
  let floor: FeedPosition | undefined
  let version = 0

  function replace(next: Held): void {
    held = next
    version++
  }

  const demandNew = (position: FeedPosition): void => demandNotBehind(position, [held.position, floor])

  return {
    refusal: (token) => held.set.refusal(token),
    isDoubtful: (token) => held.set.isDoubtful(token),
    version: () => version,
    position: () => held.position,
    refuseBefore(position) {
      if (floor === undefined || isAfter(position, floor)) floor = position
    },
    counts: () => ({ entries: held.set.size, coarse: held.set.coarse }),
    load: () =>
      createLoading(createSet(), observer.snapshot(), (next) => {
        if (next.position !== undefined) demandNew(next.position)
        replace(next)
      }),
    take(epoch, entry) {
      const next = advance(held, epoch, entry)
      if (next === held) return
      replace(next)
      observer.change(entry)
    },
    compare(head) {
      const { position } = held
      if (head.epoch !== position?.epoch || head.seq !== position.seq) throw new ResyncNeeded('the feed is elsewhere than its entries led')
      demandNew(head)
      demandSameSum(held, head)
    },
    differing: (server) => differing(held.digest, server),
    expire({ timeMs, digest }) {
      held.set.expire(epochSeconds(Math.floor(timeMs / 1000)))
      if (digest !== undefined) held.digest.forget(digest.fromBucket)
    },
  }
}

/** Older than what was ever known: a restored or lagging server must not make a revoked token good again. */
function demandNotBehind(position: FeedPosition, known: readonly (FeedPosition | undefined)[]): void {
  for (const one of known) if (one !== undefined && isAfter(one, position)) throw new ResyncNeeded('the server is behind what it told before')
}

function advance(held: Held, epoch: string, entry: RevocationEntry): Held {
  const seq = held.position?.seq ?? 0
  if (epoch !== held.position?.epoch || entry.seq > seq + 1) throw new ResyncNeeded('an entry of the feed is missing')
  if (entry.seq <= seq) return held
  const { set, digest, sumsFrom } = held
  set.apply(entry)
  digest.add(entry)
  return { set, digest, sumsFrom, position: { epoch, seq: entry.seq } }
}

function demandSameSum({ digest, sumsFrom }: Held, { digest: server }: FeedHead): void {
  if (server === undefined || sumsFrom === undefined || sumsFrom > server.fromBucket) return
  if (digest.sum(server.fromBucket).sum !== server.sum) throw new DigestDiffers('what is known does not add up to what the server has')
}

function differing(digest: LogDigest, { fromBucket, sums }: BucketSums): readonly number[] {
  const known = digest.sums(fromBucket).sums
  const buckets = [...new Set([...sums.keys(), ...known.keys()])]
  return buckets.filter((bucket) => sums.get(bucket) !== known.get(bucket)).sort((one, other) => one - other)
}

function createLoading(set: BoundedRevocationSet, observer: SnapshotObserver, commit: (next: Held) => void): Loading {
  return {
    take(entry) {
      set.apply(entry)
      observer.entry(entry)
    },
    commit({ epoch, seq, digests }) {
      const digest = createLogDigest()
      if (digests !== undefined) digest.begin(digests.sums)
      const position = { epoch, seq }
      commit({ set, digest, sumsFrom: digests?.fromBucket, position })
      observer.taken(position)
    },
    abandon: () => observer.abandoned(),
  }
}
