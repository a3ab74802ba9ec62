import { BoundedMap } from '../model/bounded-map.js'
import type { Lease } from '../stores/lease-store.js'
import type { OutboxPosition } from '../stores/outbox-store.js'
import { createChannelState } from './channel-state.js'
import { readLate, readLog } from './read-log.js'
import { createSendQueue } from './send-queue.js'
import { sendReady } from './send-ready.js'
import { LEASE_LENGTH, type OutboxNeeds, type OutboxSettings, type Round, type Sending } from './sending.js'

export interface Outbox {
  /** Tells what there is to tell until the signal ends it; returns at once when another process does. @throws StoreUnavailable */
  run(signal: AbortSignal): Promise<void>
  /** Lines of the log that are not told yet; 0 where another process sends. */
  waiting(): number
  /** How long ago the oldest of them was revoked, in seconds. */
  oldestSeconds(): number
  isSending(): boolean
}

export const OUTBOX_NAME = 'wso2'
const RENEW_AFTER_MS = 5_000
const IDLE_MS = 100
const MOVE_EVERY_MS = 200
const TOLD_TIMES = 100_000

/**
 * Tells WSO2's control plane every line of the log at least once, going on where the process before has come to. What this one knows
 * beyond the position that it has moved is in its memory alone: after its death another one tells that once more.
 */
export function createOutbox(needs: OutboxNeeds, settings: OutboxSettings): Outbox {
  let sending: Sending | undefined
  return {
    waiting: () => (sending === undefined ? 0 : sending.queue.size + (sending.isAtEnd ? 0 : Math.max(0, needs.head() - sending.readTo))),
    oldestSeconds: () => Math.max(0, needs.clock.now() - (sending?.queue.oldest() ?? needs.clock.now())),
    isSending: () => sending !== undefined,
    async run(signal) {
      const lease = await needs.leases.take(OUTBOX_NAME, settings.holder, LEASE_LENGTH)
      if (lease === undefined) return
      try {
        const position = await needs.store.position(OUTBOX_NAME)
        sending = startFrom(position, lease, needs)
        // From now on whoever had the lease before moves nothing any more.
        if (await needs.store.move(lease, position)) await send({ sending, needs, settings }, signal)
      } finally {
        sending = undefined
        await needs.leases.release(lease)
      }
    },
  }
}

function startFrom(position: OutboxPosition, lease: Lease, { clock }: OutboxNeeds): Sending {
  return {
    lease,
    queue: createSendQueue(),
    channel: createChannelState(),
    told: new BoundedMap<string, number>(TOLD_TIMES),
    underWay: new Set(),
    readTo: position.seq,
    isAtEnd: false,
    isFirst: position.seq === 0,
    moved: position,
    movedAtMs: clock.nowMs(),
    renewedAtMs: clock.nowMs(),
    lost: undefined,
  }
}

async function send(round: Round, signal: AbortSignal): Promise<void> {
  const { sending, needs } = round
  try {
    await readLate(sending.moved.late, round)
    while (!signal.aborted && sending.lost === undefined) {
      await renew(round)
      await readLog(round)
      sendReady(round)
      if (sending.underWay.size === 0 || needs.clock.nowMs() - sending.movedAtMs >= MOVE_EVERY_MS) await move(round)
      await Promise.race([needs.pause(IDLE_MS, signal), ...sending.underWay])
    }
  } finally {
    await Promise.all(sending.underWay)
  }
  if (sending.lost === undefined) await move(round)
  if (sending.lost instanceof Error) throw sending.lost
}

async function renew({ sending, needs: { leases, clock } }: Round): Promise<void> {
  const startedAtMs = clock.nowMs()
  if (startedAtMs - sending.renewedAtMs < RENEW_AFTER_MS) return
  if (await leases.renew(sending.lease, LEASE_LENGTH)) sending.renewedAtMs = startedAtMs
  else sending.lost = 'lease'
}

async function move({ sending, needs: { store, clock } }: Round): Promise<void> {
  sending.movedAtMs = clock.nowMs()
  const position = sending.queue.position(sending.readTo)
  if (position.seq === sending.moved.seq && position.late.join() === sending.moved.late.join()) return
  if (await store.move(sending.lease, position)) sending.moved = position
  else sending.lost = 'lease'
}
