import type { RevocationEntry } from '../model/revocation-entry.js'
import type { FeedHead } from '../verification/feed-message.js'
import type { FeedPosition } from '../verification/feed-position.js'
import { type BroadcastNeeds, createBroadcast } from './broadcast.js'
import { type StreamSink, Subscriber } from './subscriber.js'

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
  /** `makeHead` is asked when everybody has been told of the entries before. @throws what `makeHead` threw, now or the last time. */
  beat(epoch: string, makeHead: () => FeedHead | undefined): void
  /** Ends all of them. */
  end(): void
}

export function createSubscribers(limits: SubscriberLimits, needs: BroadcastNeeds): Subscribers {
  const all = new Set<Subscriber>()
  const broadcast = createBroadcast(all, needs)

  function forgetClosed(): number {
    for (const one of all) if (!one.isOpen) all.delete(one)
    return all.size
  }

  return {
    add(open, position) {
      if (all.size >= limits.most && forgetClosed() >= limits.most) return undefined
      const one = new Subscriber(open(), position, limits.bufferedBytes)
      all.add(one)
      return one
    },
    publish: broadcast.publish,
    beat: broadcast.beat,
    end() {
      broadcast.drop()
      for (const one of all) one.end()
      all.clear()
    },
  }
}
