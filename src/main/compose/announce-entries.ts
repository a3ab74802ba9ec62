import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { Bus } from '../../stores/bus.js'
import type { Siblings } from '../workers/siblings.js'

/** How others learn of what this process has recorded, without waiting for their next poll. */
export interface Announcements {
  /** To be called with entries that are durable. Never fails, never waits. */
  announce(entries: readonly RevocationEntry[]): void
  /** Settled when the other processes of this machine know an entry that was announced, or have ended. */
  known(entry: RevocationEntry): Promise<void>
}

export interface AnnouncementNeeds {
  readonly bus: Pick<Bus, 'publish'> | undefined
  readonly siblings: Pick<Siblings, 'tell'> | undefined
  /** Of the log. */
  readonly epoch: () => number
}

export function createAnnouncements({ bus, siblings, epoch }: AnnouncementNeeds): Announcements {
  const tellings = new WeakMap<RevocationEntry, Promise<void>>()
  return {
    announce(entries) {
      if (entries.length === 0) return
      bus?.publish(epoch(), entries)
      if (siblings === undefined) return
      const told = siblings.tell(entries)
      for (const entry of entries) tellings.set(entry, told)
    },
    known: (entry) => tellings.get(entry) ?? Promise.resolve(),
  }
}
