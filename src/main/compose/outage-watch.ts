import { type Clock, seconds } from '../../model/time.js'
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
  readonly follower: () => Pick<LogFollower, 'confirmedAtMs'>
  readonly clock: Clock
}

export function createOutageWatch({ heads, follower, clock }: OutageNeeds): OutageWatch {
  /** The last moment at which the database is known to have answered before it did not. */
  let beganMs: number | undefined
  return {
    sink(event) {
      if (event.type === 'store_unavailable' && event.store === 'database') beganMs ??= follower().confirmedAtMs ?? clock.nowMs()
    },
    async settle() {
      if (beganMs === undefined) return
      const settling = beganMs
      await heads.recordOutage(seconds(Math.max(0, Math.ceil((clock.nowMs() - settling) / 1000))))
      if (beganMs === settling) beganMs = undefined
    },
  }
}
