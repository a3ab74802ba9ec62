import type { Settings } from '../../config/settings.js'
import { StoreUnavailable } from '../../errors/operational-errors.js'
import type { KeyRotation } from '../../keys/rotate-keys.js'
import type { Clock } from '../../model/time.js'
import { runPurge } from '../../purge/run-purge.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { NodeStore } from '../../stores/node-store.js'
import type { PurgeReport } from '../../stores/purge-runs.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'
import { underLease } from './under-lease.js'

/** Something to be done again and again; `main/background.ts` has the clock. */
export interface Job {
  readonly name: string
  readonly everyMs: number
  readonly run: (signal: AbortSignal) => Promise<void>
}

export type Jobs = readonly Job[]

export interface JobParts {
  readonly state: State
  readonly rotation: KeyRotation
  readonly events: EventSink
  /** Unique among everything that runs. */
  readonly nodeId: string
}

const HEARTBEAT_MS = 1000
const ANNOUNCE_MS = 1000
const TEND_BUS_MS = 1000
const TEND_KEYS_MS = 60_000

export function composeJobs({ revocation, purge }: Settings, { stores, clock, among, tendBus }: Resources, parts: JobParts): Jobs {
  const { state, rotation, events, nodeId } = parts
  const tendKeys: Job = { name: 'keys', everyMs: TEND_KEYS_MS, run: () => rotation.tend() }
  const targetsOfSchedule = stores.purgeTargets.filter((target) => !target.onRequestOnly)
  const purgeExpired: Job = {
    name: 'purge',
    everyMs: purge.every * 1000,
    async run(signal) {
      const record = (report: PurgeReport) => stores.purgeRuns.record(report)
      const { targets } = await runPurge(targetsOfSchedule, { batch: purge.batch, signal, clock, record })
      for (const { target, deleted } of targets.filter(hasDeleted)) events({ type: 'purged', target, deleted })
    },
  }
  const byOne = (job: Job): Job => (among === undefined ? job : underLease(job, { leases: among.leases, holder: nodeId, clock }))
  const announce = among === undefined ? async () => undefined : createNodeAnnouncement(among.nodes, { state, clock, nodeId })
  const poll = createPoll(state, events)
  return [
    { name: 'poll', everyMs: revocation.pollIntervalMs, run: () => poll().then(announce) },
    { name: 'heartbeat', everyMs: HEARTBEAT_MS, run: async () => state.feed.beat() },
    ...(tendBus === undefined ? [] : [{ name: 'bus', everyMs: TEND_BUS_MS, run: tendBus }]),
    byOne(tendKeys),
    byOne(purgeExpired),
  ]
}

/** Says that this node lives, at most once a second. */
function createNodeAnnouncement(
  nodes: NodeStore,
  { state, clock, nodeId }: { readonly state: State; readonly clock: Clock; readonly nodeId: string },
): () => Promise<void> {
  let lastAtMs = Number.NEGATIVE_INFINITY
  return async () => {
    if (clock.nowMs() - lastAtMs < ANNOUNCE_MS) return
    lastAtMs = clock.nowMs()
    await nodes.announce(nodeId, state.follower.position)
  }
}

const hasDeleted = ({ deleted }: PurgeReport): boolean => deleted > 0

/** Keeps the state at the head, and says once when the database goes away and once when it is back. */
function createPoll({ follower, outages }: State, events: EventSink): () => Promise<void> {
  let isAway = false
  return async () => {
    try {
      await follower.poll()
      await outages.settle()
      if (isAway) events({ type: 'store_answers_again', store: 'database' })
      isAway = false
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      isAway = true
      outages.sink({ type: 'store_unavailable', store: error.store, cause: error })
      throw error
    }
  }
}
