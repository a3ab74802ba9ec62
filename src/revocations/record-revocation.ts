import type { RevocationEntry } from '../model/revocation-entry.js'
import { type Coalescer, createCoalescer } from '../stores/coalesce.js'
import type { EventSink } from '../stores/event-sink.js'
import type { NewRevocation, RevocationLog } from '../stores/revocation-log.js'

/** One commit of this many rows stays short. */
const MAX_BATCH = 500

export interface RecordNeeds {
  readonly log: RevocationLog
  /** Takes the entries into this process's set (LogFollower.include). */
  readonly include: (entries: readonly RevocationEntry[]) => void
  readonly events: EventSink
  /** Lets what has arrived meanwhile be read (CoalesceSettings). */
  readonly nextTurn: () => Promise<void>
}

/**
 * Makes revocations durable, many in one commit, and known to this process before the caller is answered.
 * `submit` @throws StoreUnavailable when it cannot be made durable; Overloaded when too many wait.
 */
export function createRevocationRecorder(
  { log, include, events, nextTurn }: RecordNeeds,
  maxQueue: number,
): Coalescer<NewRevocation, RevocationEntry> {
  async function commit(batch: readonly NewRevocation[]): Promise<readonly RevocationEntry[]> {
    const entries = await log.append(batch)
    include(entries)
    for (const entry of entries) events({ type: 'revoked', entry })
    return entries
  }
  return createCoalescer(commit, { name: 'revocations', maxBatch: MAX_BATCH, maxQueue, nextTurn })
}
