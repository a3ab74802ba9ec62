import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { EpochSeconds } from '../../model/time.js'
import type { CopyChange } from './revocation-copy.js'

/** What a copy should hold, and what of it was not written yet. */
export interface CopyEntries {
  take(entry: RevocationEntry): void
  /** Others in place of these, once they are all there. */
  load(): { take(entry: RevocationEntry): void; commit(): void }
  expire(now: EpochSeconds): void
  /** May be read on while more is taken: what comes meanwhile is in the next change too. */
  all(): Iterable<RevocationEntry>
  /** What came since this was asked last. */
  takeChange(): Omit<CopyChange, 'times'>
}

/** Between two looks for what has expired, in seconds: each goes through everything. */
const LOOK_EVERY = 60

export function createCopyEntries(): CopyEntries {
  let held = new Map<string, RevocationEntry>()
  let added = new Map<string, RevocationEntry>()
  let replaced = new Map<string, RevocationEntry>()
  let gone: RevocationEntry[] = []
  let lookAt = 0

  function forgetChange(): void {
    added = new Map()
    replaced = new Map()
    gone = []
  }

  return {
    take(entry) {
      const key = keyOf(entry)
      const isReplacing = held.has(key) && !added.has(key)
      held.set(key, entry)
      const changes = isReplacing ? replaced : added
      changes.set(key, entry)
    },
    load() {
      const loaded = new Map<string, RevocationEntry>()
      return {
        take: (entry) => void loaded.set(keyOf(entry), entry),
        commit() {
          held = loaded
          forgetChange()
        },
      }
    },
    expire(now) {
      if (now < lookAt) return
      lookAt = now + LOOK_EVERY
      for (const [key, entry] of held) {
        if (entry.expires > now) continue
        for (const entries of [held, added, replaced]) entries.delete(key)
        gone.push(entry)
      }
    },
    all: () => held.values(),
    takeChange() {
      const change = { added: [...added.values()], replaced: [...replaced.values()], gone }
      forgetChange()
      return change
    },
  }
}

const keyOf = ({ kind, id }: RevocationEntry): string => `${kind} ${id}`
