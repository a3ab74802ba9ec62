import { type EpochSeconds, epochSeconds, type Seconds } from '../../model/time.js'
import type { LogFollower } from '../../revocations/follow-log.js'
import type { ChangeHeads } from '../../stores/change-heads.js'
import type { EventSink } from '../../stores/event-sink.js'

/** Notices that the database did not answer, and has its return recorded: refreshes that met the outage get their grace from then on. */
export interface OutageWatch {
  /** Hears of every store that cannot answer. */
  readonly sink: EventSink
  /** To be called when the database has answered. @throws StoreUnavailable */
  settle(): Promise<void>
}

export interface OutageNeeds {
  readonly heads: Pick<ChangeHeads, 'recordOutage'>
  readonly follower: () => Pick<LogFollower, 'confirmedAtMs' | 'heads'>
}

export function createOutageWatch({ heads, follower }: OutageNeeds, grace: Seconds): OutageWatch {
  /** The last moment, by its own clock, at which the database is known to have answered before it did not. */
  let began: EpochSeconds | undefined
  return {
    sink(event) {
      if (event.type !== 'store_unavailable' || event.store !== 'database') return
      // Before the first answer of the database no refresh has been met.
      if (follower().confirmedAtMs !== undefined) began ??= epochSeconds(Math.floor(follower().heads().databaseTimeMs / 1000))
    },
    async settle() {
      if (began === undefined) return
      const settling = began
      await heads.recordOutage(settling, grace)
      if (began === settling) began = undefined
    },
  }
}
