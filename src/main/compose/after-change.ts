import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { ChangedThing } from '../../stores/bus.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

/** To be called with the entry that a change has caused, if it has. */
export type AfterChange = (entry: RevocationEntry | undefined) => Promise<void>

/** Puts a change in force in the processes of this machine, and lets the other nodes know of it. */
export function createAfterChange({ follower, announcements }: State, { bus }: Resources, events: EventSink): (what: ChangedThing) => AfterChange {
  return (what) => async (entry) => {
    bus?.changed(what)
    if (entry !== undefined) {
      follower.include([entry])
      announcements.announce([entry])
      events({ type: 'revoked', entry })
      await announcements.known(entry)
    }
    await follower.poll()
  }
}
