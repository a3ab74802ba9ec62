import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock } from '../model/time.js'
import { type FeedHead, formatHeartbeatEvent } from '../verification/feed-message.js'
import { type Subscriber, toEvents } from './subscriber.js'

export interface BroadcastNeeds {
  readonly clock: Clock
  /** Resolves when the event loop has let others have their turn. */
  readonly nextTurn: () => Promise<void>
  /** Resolves after so many milliseconds. */
  readonly rest: (milliseconds: number) => Promise<void>
}

/** What is still to be told. */
interface Untold {
  readonly epoch: string
  readonly entries: readonly RevocationEntry[]
  /** Asked when its turn has come, so that nobody hears of a head before its entries. */
  readonly makeHead: (() => FeedHead | undefined) | undefined
}

/** Tells all of `subscribers`, and forgets those who are gone. */
export interface Broadcast {
  publish(epoch: string, entries: readonly RevocationEntry[]): void
  /** @throws what `makeHead` threw, now or since the last time. */
  beat(epoch: string, makeHead: () => FeedHead | undefined): void
  /** What has not been told yet will not be. */
  drop(): void
}

/** How many are told without letting others have their turn: a millisecond or two. */
const SLICE = 100
/** What takes less time needs no rest. */
const SHORT_MS = 5
/** However long the telling takes: who hears nothing for three seconds takes the feed for dead. */
const LONGEST_REST_MS = 200

const NOTHING: Untold = { epoch: '', entries: [], makeHead: undefined }

/**
 * Where few listen each entry is told at once. Where telling all of them takes long, what comes meanwhile is told together
 * the next time, with a rest in between as long as the telling took, so that thousands who listen take no more than about half of the process.
 */
export function createBroadcast(subscribers: Set<Subscriber>, { clock, nextTurn, rest }: BroadcastNeeds): Broadcast {
  let untold = NOTHING
  let isTelling = false
  let failure: unknown

  /** Never rejects. Where one slice is enough it is done when it returns. */
  async function tellAll(): Promise<void> {
    if (subscribers.size === 0) untold = NOTHING
    if (isTelling) return
    isTelling = true
    while (untold !== NOTHING) {
      const beganMs = clock.nowMs()
      const tellOne = telling(untold, (problem) => {
        failure = problem
      })
      untold = NOTHING
      const listeners = subscribers.values()
      while (tellSlice(subscribers, listeners, tellOne)) await nextTurn()
      const tookMs = clock.nowMs() - beganMs
      if (tookMs > SHORT_MS) await rest(Math.min(tookMs, LONGEST_REST_MS))
    }
    isTelling = false
  }

  return {
    publish(epoch, entries) {
      untold = { ...untold, epoch, entries: untold.entries.concat(entries) }
      void tellAll()
    },
    beat(epoch, makeHead) {
      untold = { ...untold, epoch, makeHead }
      void tellAll()
      if (failure === undefined) return
      const problem = failure
      failure = undefined
      throw problem
    },
    drop() {
      untold = NOTHING
    },
  }
}

/** @returns whether there are more. */
function tellSlice(subscribers: Set<Subscriber>, listeners: Iterator<Subscriber>, tellOne: (one: Subscriber) => void): boolean {
  for (let told = 0; told < SLICE; told++) {
    const { value: one, done } = listeners.next()
    if (done === true) return false
    tellOne(one)
    if (!one.isOpen) subscribers.delete(one)
  }
  return true
}

function telling({ epoch, entries, makeHead }: Untold, onFailure: (cause: unknown) => void): (one: Subscriber) => void {
  const events = toEvents(epoch, entries)
  const heartbeat = makeHeartbeat(makeHead, onFailure)
  return (one) => {
    // It began to listen while the log was being begun anew.
    if (one.position.epoch !== epoch) return one.end()
    one.take(events)
    if (heartbeat !== undefined) one.beat(heartbeat)
  }
}

function makeHeartbeat(makeHead: Untold['makeHead'], onFailure: (cause: unknown) => void): Buffer | undefined {
  try {
    const head = makeHead?.()
    return head && Buffer.from(formatHeartbeatEvent(head))
  } catch (cause) {
    onFailure(cause)
    return undefined
  }
}
