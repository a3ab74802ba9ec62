import type { Bus, BusListener, BusState } from '../../stores/bus.js'

/** A bus between several nodes in one process. With one node it is a bus that nobody hears. */
export interface MemoryBus {
  join(): Bus
  /** Nothing that is said while it is down is heard, then or later. */
  set(state: BusState): void
}

export function createMemoryBus(): MemoryBus {
  const ears = new Map<Bus, BusListener>()
  let state: BusState = 'up'

  /** Later, as over a network: nobody hears anything before who said it has gone on. */
  function say(from: Bus, what: (listener: BusListener) => void): void {
    if (state === 'down') return
    queueMicrotask(() => {
      for (const [bus, listener] of ears) if (bus !== from && state === 'up') what(listener)
    })
  }

  return {
    join() {
      const bus: Bus = {
        publish(epoch, entries) {
          if (entries.length > 0) say(bus, (listener) => listener.onEntries(epoch, entries))
        },
        changed: (what) => say(bus, (listener) => listener.onChanged(what)),
        listen(listener) {
          ears.set(bus, listener)
          listener.onState(state)
        },
        state: () => state,
        rejected: () => 0,
        async close() {
          ears.delete(bus)
        },
      }
      return bus
    },
    set(next) {
      state = next
      for (const listener of ears.values()) listener.onState(next)
    },
  }
}
