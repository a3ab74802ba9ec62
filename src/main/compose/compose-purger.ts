import { setTimeout as sleep } from 'node:timers/promises'
import { createPurger, type Purger } from '../../purge/create-purger.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { Resources } from '../resources.js'

export interface PurgerParts {
  readonly events: EventSink
  /** Unique among everything that runs. */
  readonly nodeId: string
}

/** What purges, for the job and for the command line: under one lease, whoever asks. */
export function composePurger({ stores, clock }: Pick<Resources, 'stores' | 'clock'>, { events, nodeId }: PurgerParts): Purger {
  return createPurger({
    leases: stores.leases,
    heads: stores.heads,
    runs: stores.purgeRuns,
    replicationLag: () => stores.status.replicationLag(),
    commits: () => stores.status.commits(),
    holder: nodeId,
    events,
    clock,
    // Whoever is told to stop does not wait to the end.
    wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
  })
}
