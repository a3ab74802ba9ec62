import { createSchedule } from '../../config/schedule.js'
import type { Settings } from '../../config/settings.js'
import { CommandRefused, StoreUnavailable } from '../../errors/operational-errors.js'
import type { KeyRotation } from '../../keys/rotate-keys.js'
import type { Clock } from '../../model/time.js'
import type { Purger } from '../../purge/create-purger.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { NodeStore } from '../../stores/node-store.js'
import type { PurgeTarget } from '../../stores/purge-target.js'
import type { Outbox } from '../../wso2/outbox.js'
import type { WiderRevocations } from '../../wso2/wider-revocations.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'
import { outboxJob } from './compose-wso2.js'
import { onSchedule } from './on-schedule.js'
import { createSessionCleanup } from './session-cleanup.js'
import { underLease } from './under-lease.js'

/** Something to be done again and again; `main/background.ts` has the clock. */
export interface Job {
  readonly name: string
  readonly everyMs: number
  /** Until when nobody begins it again that began at the given instant; absent: for most of `everyMs`. Milliseconds since 1970. */
  readonly turnEndsMs?: (beganMs: number) => number
  readonly run: (signal: AbortSignal) => Promise<void>
}

export type Jobs = readonly Job[]

export interface JobParts {
  readonly state: State
  readonly rotation: KeyRotation
  readonly events: EventSink
  readonly purge: Purger
  /** Unique among everything that runs. */
  readonly nodeId: string
  /** undefined: there is nobody to tell. */
  readonly outbox: Outbox | undefined
  readonly wider: WiderRevocations
}

const HEARTBEAT_MS = 1000
const ANNOUNCE_MS = 1000
const TEND_BUS_MS = 1000
const TEND_KEYS_MS = 60_000
const TEND_PARTITIONS_MS = 60_000

export function composeJobs(settings: Settings, { stores, clock, among, tendBus }: Resources, parts: JobParts): Jobs {
  const { revocation, purge } = settings
  const { state, rotation, events, nodeId, outbox, wider } = parts
  const tendKeys: Job = { name: 'keys', everyMs: TEND_KEYS_MS, run: () => rotation.tend() }
  const purgeExpired: Job = {
    name: 'purge',
    everyMs: purge.every * 1000,
    run: async (signal) => {
      await parts.purge(targetsOf(stores.purgeTargets, purge), { ...purge, signal })
    },
  }
  const cleanSessions = createSessionCleanup(settings, { stores, clock, purge: parts.purge })
  const tendPartitions: Job = { name: 'partitions', everyMs: TEND_PARTITIONS_MS, run: async () => void (await stores.partitions.tend()) }
  const byOne = (job: Job): Job => (among === undefined ? job : underLease(job, { leases: among.leases, holder: nodeId, clock }))
  const announce = among === undefined ? async () => undefined : createNodeAnnouncement(among.nodes, { state, clock, nodeId })
  const poll = createPoll(state, events)
  return [
    { name: 'poll', everyMs: revocation.pollIntervalMs, run: () => poll().then(announce) },
    { name: 'heartbeat', everyMs: HEARTBEAT_MS, run: async () => state.feed.beat() },
    ...(tendBus === undefined ? [] : [{ name: 'bus', everyMs: TEND_BUS_MS, run: tendBus }]),
    ...(outbox === undefined ? [] : [outboxJob(outbox)]),
    ...(settings.wso2.revoked === undefined ? [] : [{ name: 'wso2 revoked', everyMs: revocation.pollIntervalMs, run: () => wider.follow() }]),
    byOne(tendKeys),
    yielding(
      purge.schedule === undefined ? byOne(purgeExpired) : onSchedule(purgeExpired, { schedule: createSchedule(purge.schedule), clock, byOne }),
    ),
    ...(cleanSessions === undefined ? [] : [yielding(byOne(cleanSessions))]),
    ...(among === undefined ? [] : [byOne(tendPartitions)]),
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

/** What is walked through takes its time: only where the operator has said when there is time. */
function targetsOf(targets: readonly PurgeTarget[], { schedule }: Settings['purge']): readonly PurgeTarget[] {
  return targets.filter(({ unfit, onRequestOnly }) => unfit === undefined && (schedule !== undefined || !onRequestOnly))
}

/** Where somebody purges by hand it has not had its turn, and it is no failure either: it looks again soon. */
function yielding(job: Job): Job {
  const unlessRunning = (error: unknown): void => {
    if (!(error instanceof CommandRefused && error.code === 'purge_running')) throw error
  }
  return { ...job, run: (signal) => job.run(signal).catch(unlessRunning) }
}

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
