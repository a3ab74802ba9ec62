import type { RevocationEntry } from '../model/revocation-entry.js'
import { type FeedHead, formatHeartbeatEvent } from '../verification/feed-message.js'
import type { FeedPosition } from '../verification/feed-position.js'
import { type StreamSink, Subscriber, toEvents } from './subscriber.js'

export interface SubscriberLimits {
  /** How many there may be at once. */
  readonly most: number
  /** How many bytes may wait for one of them before it is cut off. */
  readonly bufferedBytes: number
}

/** All who listen. */
export interface Subscribers {
  /** @returns undefined, without opening the sink, when there are too many. */
  add(open: () => StreamSink, position: FeedPosition): Subscriber | undefined
  /** Tells those who listen, all of them of this epoch. */
  publish(epoch: string, entries: readonly RevocationEntry[]): void
  beat(head: FeedHead): void
  /** Ends all of them. */
  end(): void
}

export function createSubscribers(limits: SubscriberLimits): Subscribers {
  const all = new Set<Subscriber>()

  function each(tell: (one: Subscriber) => void): void {
    for (const one of all) {
      tell(one)
      if (!one.isOpen) all.delete(one)
    }
  }

  function forgetClosed(): number {
    each(() => undefined)
    return all.size
  }

  return {
    add(open, position) {
      if (all.size >= limits.most && forgetClosed() >= limits.most) return undefined
      const one = new Subscriber(open(), position, limits.bufferedBytes)
      all.add(one)
      return one
    },
    publish(epoch, entries) {
      const events = toEvents(epoch, entries)
      each((one) => one.take(events))
    },
    beat(head) {
      const event = formatHeartbeatEvent(head)
      each((one) => one.beat(event))
    },
    end: () => each((one) => one.end()),
  }
}
