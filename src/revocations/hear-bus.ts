import { StoreUnavailable } from '../errors/operational-errors.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock } from '../model/time.js'
import type { BusListener } from '../stores/bus.js'
import type { EventSink } from '../stores/event-sink.js'
import type { LogFollower } from './follow-log.js'

export interface BusNeeds {
  readonly follower: Pick<LogFollower, 'poll' | 'include' | 'heads' | 'position' | 'confirmedAtMs'>
  readonly clock: Clock
  readonly events: EventSink
}

/**
 * What a process does with what the other nodes say: it takes the entries that follow its own at once, and for all else asks
 * the database sooner than it would have. How far the log has come and when that was confirmed, only the database says.
 */
export function createBusListener({ follower, clock, events }: BusNeeds): BusListener {
  const askDatabase = createEagerPoll({ follower, clock, events })
  return {
    onEntries(epoch, entries) {
      if (!takeEntries(follower, epoch, entries)) askDatabase()
    },
    onChanged: askDatabase,
    onState(state) {
      // What was said while it was down has been missed.
      if (state === 'up') askDatabase()
    },
  }
}

/** @returns whether there is nothing left to ask the database about. */
function takeEntries(follower: BusNeeds['follower'], epoch: number, entries: readonly RevocationEntry[]): boolean {
  if (follower.confirmedAtMs === undefined || follower.heads().epoch !== epoch) return false
  // What this process knows is passed over: repeated later, it could take the place of an entry that has left since.
  const unknown = entries.filter((entry) => entry.seq > follower.position)
  // After a gap too: refused at once, while the database is asked for what lies between.
  if (unknown.length > 0) follower.include(unknown)
  return follower.position >= (unknown.at(-1)?.seq ?? 0)
}

/** However much is said, the database is asked one question at a time: the follower's polls at once are one. */
function createEagerPoll({ follower, clock, events }: BusNeeds): () => void {
  async function ask(heardAtMs: number): Promise<void> {
    await follower.poll()
    // It may have been one that was under way already, and did not see what this is about.
    if ((follower.confirmedAtMs ?? 0) < heardAtMs) await follower.poll()
  }

  return () => {
    ask(clock.nowMs()).catch((error: unknown) =>
      // The next regular poll tries again; until then nothing was promised.
      events(
        error instanceof StoreUnavailable
          ? { type: 'store_unavailable', store: error.store, cause: error.cause }
          : { type: 'request_failed', cause: error },
      ),
    )
  }
}
