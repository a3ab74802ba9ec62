import type { Clock } from '../model/time.js'
import type { EventSink } from '../stores/event-sink.js'

const QUIET_MS = 10_000

/** Passes events on, but tells of a store that is away at most once in ten seconds: every request meets the same outage. */
export function reportOutagesSparingly(events: EventSink, clock: Clock): EventSink {
  const lastToldMs = new Map<string, number>()
  return (event) => {
    if (event.type === 'store_unavailable') {
      const told = lastToldMs.get(event.store)
      if (told !== undefined && clock.nowMs() - told < QUIET_MS) return
      lastToldMs.set(event.store, clock.nowMs())
    }
    events(event)
  }
}
