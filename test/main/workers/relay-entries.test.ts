import { setTimeout as sleep } from 'node:timers/promises'
import { createRelay, type Member, type Relay } from '../../../src/main/workers/relay-entries.js'
import { createSiblings, type Siblings } from '../../../src/main/workers/siblings.js'
import type { RevocationEntry } from '../../../src/model/revocation-entry.js'
import { seconds } from '../../../src/model/time.js'

const entry = (seq: number): RevocationEntry => ({ seq, kind: 'token', id: `t${seq}`, cutoff: undefined, expires: seconds(9) as never })
const PATIENCE_MS = 5000

interface Worker {
  readonly siblings: Siblings
  readonly member: Member
  readonly taken: number[]
  isDeaf: boolean
  isKilled: boolean
}

/** A worker whose channel carries JSON, as a real one does, and later. */
function createWorker(relay: Relay): Worker {
  let hear: (message: unknown) => void = () => undefined
  const worker: Worker = {
    taken: [],
    isDeaf: false,
    isKilled: false,
    member: {
      send: (message) => {
        if (!worker.isDeaf) setImmediate(() => hear(JSON.parse(JSON.stringify(message))))
      },
      kill: () => {
        worker.isKilled = true
        relay.leave(worker.member)
      },
    },
    siblings: createSiblings(
      {
        send: (message) => void setImmediate(() => relay.receive(worker.member, JSON.parse(JSON.stringify(message)))),
        onMessage: (listener) => {
          hear = listener
        },
      },
      PATIENCE_MS,
    ),
  }
  worker.siblings.hear((entries) => worker.taken.push(...entries.map(({ seq }) => seq)))
  return worker
}

describe('processes that share a port', () => {
  const start = async (withinMs = 1000) => {
    const relay = createRelay(withinMs)
    const workers = [createWorker(relay), createWorker(relay), createWorker(relay)] as const
    await sleep(5)
    return { relay, workers }
  }

  it('know what one of them has recorded before it goes on', async () => {
    const { workers } = await start()
    await Promise.all([workers[0].siblings.tell([entry(1), entry(2)]), workers[1].siblings.tell([entry(3)])])
    expect(workers.map(({ taken }) => taken)).toEqual([[3], [1, 2], [1, 2, 3]])
  })

  it('do not wait for one that has ended', async () => {
    const { relay, workers } = await start(60_000)
    workers[1].isDeaf = true
    const told = workers[0].siblings.tell([entry(1)])
    await sleep(5)
    relay.leave(workers[1].member)
    await told
    expect(workers[2].taken).toEqual([1])
  })

  it('lose the one that does not take it in time: it could still accept what is revoked', async () => {
    const { workers } = await start(20)
    workers[1].isDeaf = true
    await workers[0].siblings.tell([entry(1)])
    expect(workers.map(({ isKilled }) => isKilled)).toEqual([false, true, false])
    expect(workers[2].taken).toEqual([1])
  })

  it('hear nothing before they have joined, and one alone waits for nobody', async () => {
    const relay = createRelay(1000)
    const worker = createWorker(relay)
    await sleep(5)
    await worker.siblings.tell([entry(1)])
    expect(worker.taken).toEqual([])
  })

  it('go on when the parent says nothing: the next poll tells the others', async () => {
    const siblings = createSiblings({ send: () => undefined, onMessage: () => undefined }, 20)
    await expect(siblings.tell([entry(1)])).resolves.toBeUndefined()
  })
})
