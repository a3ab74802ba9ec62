import { Overloaded } from '../errors/operational-errors.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock, Seconds } from '../model/time.js'
import { type FeedChanges, type FeedDigests, type FeedHead, formatHeartbeatEvent } from '../verification/feed-message.js'
import type { FeedPosition } from '../verification/feed-position.js'
import { type Changes, createChanges } from './changes.js'
import { createEventPages, type EventPages } from './event-pages.js'
import { createFeedDigest } from './feed-digest.js'
import type { FeedSigner } from './feed-signer.js'
import { createHeartbeats, type Heartbeats } from './heartbeat.js'
import { createLongPolls, type LongPolls } from './long-polls.js'
import { loadedPosition, type ReadLog, type RevocationView } from './revocation-view.js'
import { createSnapshots, type TakeSnapshot } from './snapshot.js'
import type { StreamSink, Subscriber } from './subscriber.js'
import { createSubscribers, type SubscriberLimits, type Subscribers } from './subscribers.js'
import { createTransfers } from './transfers.js'

export interface FeedSettings extends SubscriberLimits {
  /** How many of the newest entries are kept in memory. */
  readonly recentEntries: number
  /** How many bytes of entries are kept as they are sent, for those who come back. */
  readonly pageBytes: number
}

const DEFAULTS: FeedSettings = { most: 1000, bufferedBytes: 1024 * 1024, recentEntries: 10_000, pageBytes: 16 * 1024 * 1024 }

/** What gateways are told of revocations. */
export interface Feed {
  /** @throws OAuthError `temporarily_unavailable` before anything was loaded. */
  readonly snapshot: TakeSnapshot
  /**
   * Says that a snapshot is being sent, which `cut` ends when it takes too long.
   * @returns what is to be called at its end. @throws Overloaded when too many are.
   */
  transfer(cut: () => void): () => void
  /** What the log adds up to. @throws OAuthError `temporarily_unavailable` before anything was loaded. */
  digests(): FeedDigests
  /**
   * Lets the sink that `open` makes hear everything after `position`, then each new entry, and heartbeats. `open` is not called where nothing can be told.
   * @returns how to leave; `resync` when only a new snapshot helps.
   * @throws Overloaded when too many listen, or the feed is closed. @throws StoreUnavailable
   */
  subscribe(position: FeedPosition, open: () => StreamSink): Promise<'resync' | { leave(): void }>
  /**
   * The entries after `position` as soon as there are any, or none when `wait` is over.
   * @throws Overloaded @throws StoreUnavailable
   */
  poll(position: FeedPosition, wait: Seconds, signal: AbortSignal): Promise<'resync' | FeedChanges>
  /** Tells of new entries, in the order of the log, after the view has them. */
  publish(entries: readonly RevocationEntry[]): void
  /** What gateways have heard is history: all are ended, so that they come back and begin from a snapshot. */
  restart(): void
  /** The view has read the whole log. `databaseTimeMs`: the database's clock at that moment, in milliseconds since 1970. */
  confirm(databaseTimeMs: number): void
  /** To be called each second. @throws StoreUnavailable when there is no key to sign a heartbeat with; nobody hears one then. */
  beat(): void
  /** Ends everything that is open, for good. */
  close(): void
}

export interface FeedNeeds {
  readonly view: RevocationView
  readonly readLog: ReadLog
  readonly clock: Clock
  /** Resolves when the event loop has let others have their turn. */
  readonly nextTurn: () => Promise<void>
  /** Resolves after so many milliseconds. */
  readonly rest: (milliseconds: number) => Promise<void>
  readonly signer: FeedSigner
}

export function createFeed(needs: FeedNeeds, settings: FeedSettings = DEFAULTS): Feed {
  const { view, readLog, clock } = needs
  const changes = createChanges(view, readLog, settings.recentEntries)
  const pages = createEventPages(changes, settings.pageBytes)
  const subscribers = createSubscribers(settings, needs)
  const polls = createLongPolls(settings.most)
  const transfers = createTransfers(clock, settings.most)
  const digest = createFeedDigest(clock)
  const heartbeats = createHeartbeats({ ...needs, digest })
  let isClosed = false
  const isOver = (): boolean => isClosed

  function endAll(): void {
    subscribers.end()
    polls.wakeAll()
  }

  return {
    snapshot: createSnapshots({ ...needs, digest }),
    transfer: (cut) => transfers.begin(cut) ?? overloaded(),
    digests: () => ({ ...loadedPosition(view), ...digest.sums() }),
    subscribe: (position, open) => subscribe(position, { ...needs, open, pages, subscribers, heartbeats, isOver }),
    poll: (position, wait, signal) =>
      poll(position, { changes, polls, heartbeats, signal, untilMs: isClosed ? 0 : clock.nowMs() + wait * 1000, isOver }),
    publish(entries) {
      digest.add(entries)
      changes.publish(entries)
      pages.publish({ epoch: view.epoch() ?? '', seq: view.seq() })
      subscribers.publish(view.epoch() ?? '', entries)
      polls.wakeAll()
    },
    restart() {
      digest.restart()
      changes.restart()
      endAll()
    },
    confirm: digest.confirm,
    beat() {
      digest.tidy()
      polls.beat(clock.nowMs())
      transfers.beat()
      subscribers.beat(view.epoch() ?? '', heartbeats.beat)
    },
    close() {
      isClosed = true
      endAll()
    },
  }
}

function overloaded(): never {
  throw new Overloaded('revocation feed')
}

interface Subscribing {
  readonly open: () => StreamSink
  readonly pages: EventPages
  readonly subscribers: Subscribers
  readonly heartbeats: Heartbeats
  readonly nextTurn: () => Promise<void>
  readonly isOver: () => boolean
}

async function subscribe(position: FeedPosition, subscribing: Subscribing): Promise<'resync' | { leave(): void }> {
  const { open, pages, subscribers, isOver } = subscribing
  const missed = await pages.after(position)
  if (missed === 'resync') return 'resync'
  const subscriber = isOver() ? undefined : subscribers.add(open, position)
  if (subscriber === undefined) return overloaded()
  subscriber.tell(missed)
  void catchUp(subscriber, subscribing)
  return { leave: () => subscriber.leave() }
}

/** Tells page by page what was missed, each when the one before is on its way, and others have had their turn; then the subscriber listens. */
async function catchUp(subscriber: Subscriber, { pages, heartbeats, nextTurn }: Subscribing): Promise<void> {
  try {
    while (subscriber.isOpen && subscriber.position.seq !== heartbeats.head()?.seq) {
      await subscriber.drained()
      await nextTurn()
      const missed = await pages.after(subscriber.position)
      if (missed === 'resync') return subscriber.end()
      subscriber.tell(missed)
    }
    subscriber.listen()
    const now = heartbeats.between()
    if (now !== undefined) subscriber.beat(Buffer.from(formatHeartbeatEvent(now)))
  } catch {
    // The log cannot be read, or nothing can be signed: the gateway comes back and is answered then.
    return subscriber.end()
  }
}

interface Polling {
  readonly changes: Changes
  readonly polls: LongPolls
  readonly heartbeats: Heartbeats
  readonly signal: AbortSignal
  readonly untilMs: number
  readonly isOver: () => boolean
}

async function poll(position: FeedPosition, { changes, polls, heartbeats, signal, untilMs, isOver }: Polling): Promise<'resync' | FeedChanges> {
  for (;;) {
    const entries = await changes.after(position)
    const now = heartbeats.head()
    if (entries === 'resync' || now === undefined) return 'resync'
    if (entries.length > 0 || isOver() || signal.aborted || now.timeMs >= untilMs) return changesOf(wholeHead(now, entries, heartbeats), entries)
    // Something came while the answer was under way.
    if (now.seq !== position.seq) continue
    const woken = polls.wait(untilMs, signal)
    if (woken === undefined) return overloaded()
    await woken
  }
}

/** A page that does not reach the head names its own last place, so that whoever goes on from there misses nothing. */
function changesOf(now: FeedHead, entries: readonly RevocationEntry[]): FeedChanges {
  return { ...now, seq: entries.at(-1)?.seq ?? now.seq, entries }
}

/** With digest and signature where the answer leads to the head of the log. */
function wholeHead(now: FeedHead, entries: readonly RevocationEntry[], heartbeats: Heartbeats): FeedHead {
  const isAtHead = entries.length === 0 || entries.at(-1)?.seq === now.seq
  return (isAtHead ? heartbeats.between() : undefined) ?? now
}
