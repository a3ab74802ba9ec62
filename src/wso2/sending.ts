import type { Clock, Seconds } from '../model/time.js'
import type { EventSink } from '../stores/event-sink.js'
import type { Lease, LeaseStore } from '../stores/lease-store.js'
import type { OutboxPosition, OutboxStore } from '../stores/outbox-store.js'
import type { ChannelState } from './channel-state.js'
import type { ListClientIds, PostEvent, ToldTimes } from './send-line.js'
import type { SendQueue } from './send-queue.js'
import type { TranslationSettings } from './translate.js'

export interface OutboxNeeds {
  readonly store: OutboxStore
  readonly leases: LeaseStore
  readonly clock: Clock
  readonly events: EventSink
  readonly post: PostEvent
  readonly listClientIds: ListClientIds
  /** The newest place of the log that this process knows of. */
  readonly head: () => number
  /** Ends early when the signal does; never rejects. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface OutboxSettings extends TranslationSettings {
  /** Unique among everything that runs. */
  readonly holder: string
}

/** What a process knows while it is the one that sends. */
export interface Sending {
  readonly lease: Lease
  readonly queue: SendQueue
  readonly channel: ChannelState
  readonly told: ToldTimes
  readonly underWay: Set<Promise<void>>
  /** Up to here the log has been read. */
  readTo: number
  /** Nothing lay behind it. */
  isAtEnd: boolean
  /** Whether nobody was told anything before. */
  isFirst: boolean
  /** As SQL has it. */
  moved: OutboxPosition
  movedAtMs: number
  /** When the renewal that succeeded last was begun. */
  renewedAtMs: number
  /** Why it is over: the lease is another one's, or the database does not answer. */
  lost: Error | 'lease' | undefined
}

export interface Round {
  readonly needs: OutboxNeeds
  readonly settings: OutboxSettings
  readonly sending: Sending
}

/** How soon another process goes on where this one has died. */
export const LEASE_LENGTH = 15 as Seconds
/** Under a lease that was renewed longer ago no POST is begun, so that each ends before the lease does. */
const FRESH_MS = 10_000

export function isFresh({ renewedAtMs }: Sending, { clock }: OutboxNeeds): boolean {
  return clock.nowMs() - renewedAtMs < FRESH_MS
}

/** Entries that hit living tokens for as long as those lived, and were told to nobody. */
export function tellExpired(count: number, { events }: OutboxNeeds): void {
  if (count > 0) events({ type: 'wso2_events_expired', count })
}
