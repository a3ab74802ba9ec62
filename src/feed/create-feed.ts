import { Overloaded } from '../errors/operational-errors.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock, Seconds } from '../model/time.js'
import { type FeedChanges, type FeedHead, formatHeartbeatEvent } from '../verification/feed-message.js'
import type { FeedPosition } from '../verification/feed-position.js'
import { type Changes, createChanges } from './changes.js'
import { readHead } from './heartbeat.js'
import { createLongPolls, type LongPolls } from './long-polls.js'
import type { ReadLog, RevocationView } from './revocation-view.js'
import { createSnapshots, type TakeSnapshot } from './snapshot.js'
import { type StreamSink, type Subscriber, toEvents } from './subscriber.js'
import { createSubscribers, type SubscriberLimits, type Subscribers } from './subscribers.js'

export interface FeedSettings extends SubscriberLimits {
  /** How many of the newest entries are kept in memory. */
  readonly recentEntries: number
}

const DEFAULTS: FeedSettings = { most: 1000, bufferedBytes: 1024 * 1024, recentEntries: 10_000 }

/** What gateways are told of revocations. */
export interface Feed {
  /** @throws OAuthError `temporarily_unavailable` before anything was loaded. */
  readonly snapshot: TakeSnapshot
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
  /** To be called each second. */
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
}

export function createFeed({ view, readLog, clock, nextTurn }: FeedNeeds, settings: FeedSettings = DEFAULTS): Feed {
  const changes = createChanges(view, readLog, settings.recentEntries)
  const subscribers = createSubscribers(settings)
  const polls = createLongPolls(settings.most)
  const head = (): FeedHead | undefined => readHead(view, clock)
  let isClosed = false

  function endAll(): void {
    subscribers.end()
    polls.wakeAll()
  }

  return {
    snapshot: createSnapshots(view, clock, nextTurn),
    subscribe: (position, open) => subscribe(position, { open, changes, subscribers, head, isOver: () => isClosed }),
    poll: (position, wait, signal) =>
      poll(position, { changes, polls, head, signal, untilMs: isClosed ? 0 : clock.nowMs() + wait * 1000, isOver: () => isClosed }),
    publish(entries) {
      changes.publish(entries)
      subscribers.publish(view.epoch() ?? '', entries)
      polls.wakeAll()
    },
    restart() {
      changes.restart()
      endAll()
    },
    beat() {
      const now = head()
      if (now !== undefined) subscribers.beat(now)
      polls.beat(clock.nowMs())
    },
    close() {
      isClosed = true
      endAll()
    },
  }
}

interface Subscribing {
  readonly open: () => StreamSink
  readonly changes: Changes
  readonly subscribers: Subscribers
  readonly head: () => FeedHead | undefined
  readonly isOver: () => boolean
}

async function subscribe(position: FeedPosition, { open, changes, subscribers, head, isOver }: Subscribing): Promise<'resync' | { leave(): void }> {
  const missed = await changes.after(position)
  if (missed === 'resync') return 'resync'
  const subscriber = isOver() ? undefined : subscribers.add(open, position)
  if (subscriber === undefined) throw new Overloaded('revocation feed')
  subscriber.tell(toEvents(position.epoch, missed))
  void catchUp(subscriber, changes, head)
  return { leave: () => subscriber.leave() }
}

/** Tells page by page what was missed, each when the one before is on its way; then the subscriber listens. */
async function catchUp(subscriber: Subscriber, changes: Changes, head: () => FeedHead | undefined): Promise<void> {
  try {
    while (subscriber.isOpen && subscriber.position.seq !== head()?.seq) {
      await subscriber.drained()
      const missed = await changes.after(subscriber.position)
      if (missed === 'resync') return subscriber.end()
      subscriber.tell(toEvents(subscriber.position.epoch, missed))
    }
  } catch {
    // The log cannot be read: the gateway comes back and is answered then.
    return subscriber.end()
  }
  subscriber.listen()
  const now = head()
  if (now !== undefined) subscriber.beat(formatHeartbeatEvent(now))
}

interface Polling {
  readonly changes: Changes
  readonly polls: LongPolls
  readonly head: () => FeedHead | undefined
  readonly signal: AbortSignal
  readonly untilMs: number
  readonly isOver: () => boolean
}

async function poll(position: FeedPosition, { changes, polls, head, signal, untilMs, isOver }: Polling): Promise<'resync' | FeedChanges> {
  for (;;) {
    const entries = await changes.after(position)
    const now = head()
    if (entries === 'resync' || now === undefined) return 'resync'
    if (entries.length > 0 || isOver() || signal.aborted || now.timeMs >= untilMs) return changesOf(now, entries)
    // Something came while the answer was under way.
    if (now.seq !== position.seq) continue
    const woken = polls.wait(untilMs, signal)
    if (woken === undefined) throw new Overloaded('revocation feed')
    await woken
  }
}

/** A page that does not reach the head names its own last place, so that whoever goes on from there misses nothing. */
function changesOf(now: FeedHead, entries: readonly RevocationEntry[]): FeedChanges {
  return { ...now, seq: entries.at(-1)?.seq ?? now.seq, entries }
}
