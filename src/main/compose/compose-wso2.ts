import { setTimeout } from 'node:timers/promises'
import { createWso2Notifier } from '../../adapters/outbound/wso2-notifier.js'
import type { Settings } from '../../config/settings.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { Stores } from '../../stores/stores.js'
import { createOutbox, type Outbox } from '../../wso2/outbox.js'
import type { ListClientIds } from '../../wso2/send-line.js'
import { createWiderRevocations, type WiderRevocations } from '../../wso2/wider-revocations.js'
import type { Resources } from '../resources.js'
import type { Job } from './compose-jobs.js'
import type { State } from './compose-state.js'

interface Wso2Parts {
  readonly state: () => Pick<State, 'follower'>
  readonly events: EventSink
  /** Unique among everything that runs. */
  readonly nodeId: string
}

/** Tells WSO2's control plane of revocations; undefined where it is not to be told. */
export function composeOutbox(
  { wso2, revocation }: Settings,
  { stores, clock }: Resources,
  { state, events, nodeId }: Wso2Parts,
): Outbox | undefined {
  if (wso2.notify === undefined) return undefined
  const needs = {
    store: stores.outbox,
    leases: stores.leases,
    clock,
    events,
    post: createWso2Notifier(wso2.notify),
    listClientIds: listClientIdsOf(stores),
    head: () => state().follower.position,
    pause,
  }
  return createOutbox(needs, { holder: nodeId, maxClockSkew: revocation.maxClockSkew, grantEvents: wso2.grantEvents })
}

/** What its gateways are told in other words than the log's, when they ask. */
export function composeWider({ wso2, revocation }: Settings, { stores, clock }: Resources, { state }: Pick<Wso2Parts, 'state'>): WiderRevocations {
  const needs = {
    store: stores.outbox,
    listClientIds: listClientIdsOf(stores),
    now: () => clock.now(),
    head: () => state().follower.position,
  }
  return createWiderRevocations(needs, { maxClockSkew: revocation.maxClockSkew, grantEvents: wso2.grantEvents })
}

const listClientIdsOf =
  ({ clients }: Pick<Stores, 'clients'>): ListClientIds =>
  async (after, limit) =>
    (await clients.list(after, limit)).map(({ id }) => id)

/** How soon a node looks whether the one that sends has died. */
const TRY_MS = 2000

/** Ends only with the process, or when another one sends. */
export const outboxJob = (outbox: Outbox): Job => ({ name: 'wso2 events', everyMs: TRY_MS, run: (signal) => outbox.run(signal) })

const pause = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined)
