import type { RevocationEntry } from '../model/revocation-entry.js'
import type { FeedPosition } from '../verification/feed-position.js'
import type { ReadLog, RevocationView } from './revocation-view.js'

/** How many entries are handed out at once. */
export const CHANGES_AT_ONCE = 1000

/** The entries that came after a position. */
export interface Changes {
  /**
   * At most {@link CHANGES_AT_ONCE} entries after `position`, in the order of the log and without gaps; none at the head.
   * @returns `resync` when the position is of another epoch, ahead of the head, or in trimmed history.
   * @throws StoreUnavailable when they are too old for memory and the log cannot be read.
   */
  after(position: FeedPosition): Promise<readonly RevocationEntry[] | 'resync'>
  /** The head that {@link after} leads to from there, page by page; `resync` as it says so. */
  headFor(position: FeedPosition): number | 'resync'
  /** As {@link after}; none where they are not in memory. */
  inMemory(seq: number): readonly RevocationEntry[]
  /** Takes note of new entries, in the order of the log. */
  publish(entries: readonly RevocationEntry[]): void
  /** The log was begun anew. */
  restart(): void
}

/** @param capacity how many of the newest entries are kept in memory; older ones are read from the log. */
export function createChanges(view: RevocationView, readLog: ReadLog, capacity: number): Changes {
  let recent: RevocationEntry[] = []

  function publish(entries: readonly RevocationEntry[]): void {
    for (const entry of entries) {
      const last = recent.at(-1)
      if (last !== undefined && entry.seq <= last.seq) continue
      if (last !== undefined && entry.seq !== last.seq + 1) recent = []
      recent.push(entry)
    }
    // Cutting only at twice the capacity makes the cost of it constant per entry.
    if (recent.length > capacity * 2) recent = recent.slice(-capacity)
  }

  function headFor({ epoch, seq }: FeedPosition): number | 'resync' {
    const head = view.seq()
    return epoch !== view.epoch() || seq > head || (seq < view.trimmedTo() && seq < head) ? 'resync' : head
  }

  function inMemory(seq: number): readonly RevocationEntry[] {
    const first = recent[0]?.seq
    return first !== undefined && first <= seq + 1 ? recent.slice(seq + 1 - first, seq + 1 - first + CHANGES_AT_ONCE) : []
  }

  async function after(position: FeedPosition): Promise<readonly RevocationEntry[] | 'resync'> {
    const head = headFor(position)
    if (head === 'resync') return 'resync'
    const { epoch, seq } = position
    if (seq === head) return []
    const known = inMemory(seq)
    if (known.length > 0) return known
    const read = await readLog(seq, CHANGES_AT_ONCE)
    // What was read may be of another log by now.
    return epoch === view.epoch() ? withoutGaps(read, seq, head) : 'resync'
  }

  return {
    ...{ after, headFor, inMemory },
    publish,
    restart() {
      recent = []
    },
  }
}

/** What was read has no gap; where it has one, the missing entries were trimmed meanwhile. Entries this process does not know yet are left for later. */
function withoutGaps(read: readonly RevocationEntry[], seq: number, head: number): readonly RevocationEntry[] | 'resync' {
  const known = read.filter((entry) => entry.seq <= head)
  return known.length > 0 && known.every((entry, at) => entry.seq === seq + 1 + at) ? known : 'resync'
}
