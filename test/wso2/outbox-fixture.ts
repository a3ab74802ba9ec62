import { createMemoryDatabase, type MemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import type { BusinessEvent } from '../../src/model/event.js'
import { clientId, grantId, tokenId, userId } from '../../src/model/ids.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import type { NewRevocation } from '../../src/stores/revocation-log.js'
import { createOutbox, type Outbox } from '../../src/wso2/outbox.js'
import type { OutboxNeeds } from '../../src/wso2/sending.js'
import { StillClock } from '../still-clock.js'
import { FakeControlPlane } from './fake-control-plane.js'

export const token = (id: string, expiresAt = 4_000_000_000): NewRevocation => ({
  kind: 'token',
  id: tokenId(id),
  expiresAt: epochSeconds(expiresAt),
  owner: { clientId: clientId('client-1'), userId: userId('user-1') },
})
export const grant = (id: string, user: string | undefined): NewRevocation => ({
  kind: 'grant',
  id: grantId(id),
  owner: { clientId: clientId('client-1'), userId: user === undefined ? undefined : userId(user) },
})
export const ofUser = (id: string, open = false): NewRevocation => ({ kind: 'subject', id: userId(id), open })
export const ofClient = (id: string, open = false): NewRevocation => ({ kind: 'client', id: clientId(id), open })

export interface RunningOutbox extends Outbox {
  stop(): Promise<void>
  readonly ended: Promise<void>
}

export interface OutboxFixture {
  readonly clock: StillClock
  readonly database: MemoryDatabase
  readonly receiver: FakeControlPlane
  readonly events: BusinessEvent[]
  /** A process that sends, or would. */
  start(changes?: Partial<OutboxNeeds> & { readonly grantEvents?: boolean; readonly holder?: string }): RunningOutbox
  stopAll(): Promise<void>
  /** Leaves what was started to itself. */
  abandon(): void
  until(isReached: () => boolean | Promise<boolean>): Promise<void>
  /** Of the events that matter to an operator. */
  told(type: BusinessEvent['type']): readonly BusinessEvent[]
}

/** Waiting moves the clock on, so that no test waits for a pause. */
export function createOutboxFixture(): OutboxFixture {
  const clock = new StillClock()
  const database = createMemoryDatabase(clock, { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  const receiver = new FakeControlPlane()
  const events: BusinessEvent[] = []
  const started: RunningOutbox[] = []
  let head = 0
  const needs: OutboxNeeds = {
    store: database.outbox,
    leases: database.leases,
    clock,
    events: (event) => void events.push(event),
    post: receiver.post,
    listClientIds: async (after, limit) => (await database.clients.list(after, limit)).map(({ id }) => id),
    head: () => head,
    pause: async (ms) => {
      clock.advance(ms / 1000)
      head = (await database.heads.read()).seq
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
  return {
    clock,
    database,
    receiver,
    events,
    start({ grantEvents = true, holder = `node-${started.length}`, ...changes } = {}) {
      const outbox = createOutbox({ ...needs, ...changes }, { grantEvents, holder, maxClockSkew: seconds(5) })
      const stopping = new AbortController()
      const ended = outbox.run(stopping.signal)
      const running: RunningOutbox = {
        ...outbox,
        ended,
        async stop() {
          stopping.abort()
          await ended
        },
      }
      ended.catch(() => undefined)
      started.push(running)
      return running
    },
    async stopAll() {
      receiver.release()
      receiver.behave = () => 'taken'
      await Promise.allSettled(started.splice(0).map((one) => one.stop()))
    },
    abandon: () => void started.splice(0),
    async until(isReached) {
      const patience = Date.now() + 20_000
      while (!(await isReached())) {
        if (Date.now() > patience) throw new Error('never reached')
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    told: (type) => events.filter((event) => event.type === type),
  }
}
