import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { clientId, grantId, subject, tokenId, userId } from '../../src/model/ids.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { LogFollower } from '../../src/revocations/follow-log.js'
import type { ChangeHeads, Heads } from '../../src/stores/change-heads.js'
import type { NewRevocation, RevocationLog } from '../../src/stores/revocation-log.js'
import { createRevocationSet } from '../../src/verification/revocation-set.js'
import { StillClock } from '../still-clock.js'

const LONGEST = 86_400
const settings = { maxStaleness: seconds(300), maxClockSkew: seconds(5) }
const ofGrant = (id: string): NewRevocation => ({ kind: 'grant', id: grantId(id) })

type Database = ReturnType<typeof createMemoryDatabase>

async function createDatabase(clock = new StillClock()) {
  const database = createMemoryDatabase(clock, { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  await database.heads.raiseLifetimes(seconds(3600), seconds(LONGEST))
  return { database, clock }
}

interface Parts {
  readonly log?: RevocationLog
  readonly changeHeads?: ChangeHeads
}

/** One node on a database, with what it has published. */
function createNode(database: Database, clock: StillClock, parts: Parts = {}) {
  const set = createRevocationSet()
  const published: (RevocationEntry | 'restart')[] = []
  const [heads, restored]: [Heads[], { epoch: number; lost: number }[]] = [[], []]
  const listener = {
    onEntries: (entries: readonly RevocationEntry[]) => void published.push(...entries),
    onRestart: () => void published.push('restart'),
    onHeads: (seen: Heads) => void heads.push(seen),
    onRestoredDatabase: (epoch: number, lost: number) => void restored.push({ epoch, lost }),
  }
  const follower = new LogFollower({ log: database.revocations, changeHeads: database.heads, ...parts, set, clock, listener }, settings)
  const append = async (...ids: readonly string[]): Promise<readonly RevocationEntry[]> => {
    const entries = await database.revocations.append(ids.map(ofGrant))
    follower.include(entries)
    return entries
  }
  const isRefused = (id: string): boolean =>
    set.refusal({
      tokenId: tokenId('t'),
      grantId: grantId(id),
      keyId: undefined,
      clientId: clientId('c'),
      subject: subject('s'),
      authorizedType: 'APPLICATION',
      grantedAt: epochSeconds(0),
    }) !== undefined
  const places = () => published.map((one) => (one === 'restart' ? one : one.seq))
  return { set, follower, published, places, heads, restored, append, isRefused }
}

describe('a node that follows the log', () => {
  it('takes in what others write with the next poll, in order and once', async () => {
    const { database, clock } = await createDatabase()
    const [one, other] = [createNode(database, clock), createNode(database, clock)]
    await Promise.all([one.follower.poll(), other.follower.poll()])
    await one.append('a', 'b')
    expect([one.isRefused('a'), other.isRefused('a')]).toEqual([true, false])
    await other.follower.poll()
    await other.follower.poll()
    await one.follower.poll()
    expect([one.places(), other.places()]).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(other.isRefused('b')).toBe(true)
    expect(other.follower.position).toBe(2)
  })

  it('refuses at once what it wrote itself, and publishes it in its place when another has written in between', async () => {
    const { database, clock } = await createDatabase()
    const [one, other] = [createNode(database, clock), createNode(database, clock)]
    await Promise.all([one.follower.poll(), other.follower.poll()])
    await other.append('by another')
    await one.append('own')
    expect(one.isRefused('own')).toBe(true)
    expect(one.places()).toEqual([])
    await one.follower.poll()
    expect(one.places()).toEqual([1, 2])
    await one.append('next')
    expect(one.places()).toEqual([1, 2, 3])
  })

  it('publishes nothing twice when it writes while it reads', async () => {
    const { database, clock } = await createDatabase()
    const gate: (() => void)[] = []
    const log: RevocationLog = {
      append: (batch) => database.revocations.append(batch),
      async since(seq, limit) {
        await new Promise<void>((resolve) => gate.push(resolve))
        return database.revocations.since(seq, limit)
      },
    }
    const node = createNode(database, clock, { log })
    await database.revocations.append([ofGrant('before')])
    const polled = node.follower.poll()
    await new Promise((resolve) => setImmediate(resolve))
    await node.append('during')
    expect(node.isRefused('during')).toBe(true)
    gate[0]?.()
    await polled
    await node.append('after')
    await node.append('later')
    expect(node.places()).toEqual([1, 2, 3, 4])
    expect(node.follower.position).toBe(4)
  })

  it('does not take an own write after the head was read for a restored database', async () => {
    const { database, clock } = await createDatabase()
    const gate: (() => void)[] = []
    const changeHeads: ChangeHeads = {
      ...database.heads,
      async read() {
        const heads = await database.heads.read()
        await new Promise<void>((resolve) => gate.push(resolve))
        return heads
      },
    }
    const node = createNode(database, clock, { changeHeads })
    const poll = async (work: () => Promise<unknown> = async () => undefined): Promise<void> => {
      const polled = node.follower.poll()
      await new Promise((resolve) => setImmediate(resolve))
      await work()
      gate.shift()?.()
      await polled
    }
    await poll()
    await poll(() => node.append('own'))
    await poll()
    expect(node.restored).toEqual([])
    expect(node.places()).toEqual([1])
    expect((await database.heads.read().finally(() => gate.shift()?.())).seq).toBe(1)
  })

  it('reads once for calls at once, and again for the next', async () => {
    const { database, clock } = await createDatabase()
    const node = createNode(database, clock)
    await Promise.all([node.follower.poll(), node.follower.poll()])
    expect(node.heads).toHaveLength(1)
    await node.follower.poll()
    expect(node.heads).toHaveLength(2)
  })

  it('reads a log that is longer than one page to its end', async () => {
    const { database, clock } = await createDatabase()
    await database.revocations.append(Array.from({ length: 10_500 }, (_, at) => ofGrant(`grant-${at}`)))
    const node = createNode(database, clock)
    await node.follower.poll()
    expect(node.follower.position).toBe(10_500)
    expect(node.set.size).toBe(10_500)
  })

  it('drops what has expired', async () => {
    const { database, clock } = await createDatabase()
    const node = createNode(database, clock)
    await node.append('a')
    await node.follower.poll()
    expect(node.set.size).toBe(1)
    clock.advance(LONGEST + 600 + 5 + 120)
    await node.follower.poll()
    expect(node.set.size).toBe(0)
    expect(node.follower.position).toBe(1)
  })

  it('begins anew where more was trimmed than it had read', async () => {
    const { database, clock } = await createDatabase()
    const node = createNode(database, clock)
    await node.append('a')
    await node.follower.poll()
    await database.revocations.append([ofGrant('b'), ofGrant('c')])
    clock.advance(LONGEST + 600 + 5 + 3601)
    await database.purgeTargets.find(({ name }) => name === 'revocations')?.deleteBatch(100)
    await database.revocations.append([ofGrant('d')])
    await node.follower.poll()
    expect(node.places()).toEqual([1, 'restart', 4])
    expect(node.follower.position).toBe(4)
    await node.follower.poll()
    expect(node.places()).toEqual([1, 'restart', 4])
  })

  it('begins anew in another epoch', async () => {
    const { database, clock } = await createDatabase()
    const node = createNode(database, clock)
    await node.append('a')
    await node.follower.poll()
    await database.heads.startEpoch(node.follower.heads().epoch, 10)
    await database.revocations.append([ofGrant('b')])
    await node.follower.poll()
    expect(node.places()).toEqual([1, 'restart', 1, 11])
    expect(node.follower.heads().epoch).toBe((await database.heads.read()).epoch)
  })
})

describe('a database that was restored from before', () => {
  async function createRestored() {
    const { database: lost, clock } = await createDatabase()
    const restored = await createDatabase(clock)
    let current = lost
    const log: RevocationLog = { append: (batch) => current.revocations.append(batch), since: (seq, limit) => current.revocations.since(seq, limit) }
    const changeHeads: ChangeHeads = {
      read: () => current.heads.read(),
      raiseLifetimes: (access, refresh) => current.heads.raiseLifetimes(access, refresh),
      startEpoch: (from, seq) => current.heads.startEpoch(from, seq),
      recordOutage: (began, grace) => current.heads.recordOutage(began, grace),
    }
    const nodeOf = (parts: Parts = {}) => createNode(lost, clock, { log, changeHeads, ...parts })
    for (const database of [lost, restored.database]) await database.revocations.append([ofGrant('kept')])
    return { clock, lost, restored: restored.database, log, nodeOf, restore: () => (current = restored.database) }
  }

  it('is given back what it lost, in a greater epoch, with numbers after those that were known', async () => {
    const { clock, restored, nodeOf, restore } = await createRestored()
    const node = nodeOf()
    await node.append('lost', 'lost too')
    await node.follower.poll()
    const before = node.follower.heads()
    restore()
    await node.follower.poll()
    const heads = await restored.heads.read()
    expect(heads.epoch).toBeGreaterThan(before.epoch)
    expect(node.restored).toEqual([{ epoch: heads.epoch, lost: 2 }])
    expect((await restored.revocations.since(0, 10)).map(({ seq, id }) => ({ seq, id }))).toEqual([
      { seq: 1, id: 'kept' },
      { seq: 4, id: 'lost' },
      { seq: 5, id: 'lost too' },
    ])
    const fresh = createNode(restored, clock)
    await fresh.follower.poll()
    for (const id of ['kept', 'lost', 'lost too']) expect([node.isRefused(id), fresh.isRefused(id)]).toEqual([true, true])
    expect(node.follower.position).toBe(5)
    await node.follower.poll()
    expect(node.restored).toHaveLength(1)
  })

  it('is given back entries of every kind as they were: with a cut-off or open', async () => {
    const { lost, restored, nodeOf, restore } = await createRestored()
    const node = nodeOf()
    const entries = await lost.revocations.append([
      { kind: 'token', id: tokenId('t'), expiresAt: epochSeconds(1_800_000_100) },
      { kind: 'subject', id: userId('u'), open: true },
      { kind: 'subject', id: userId('v'), open: false },
      { kind: 'client', id: clientId('c'), open: true },
      { kind: 'client', id: clientId('d'), open: false },
      { kind: 'all' },
    ])
    node.follower.include(entries)
    await node.follower.poll()
    restore()
    await node.follower.poll()
    const again = (await restored.revocations.since(1, 10)).map(({ kind, id, cutoff }) => ({ kind, id, isOpen: cutoff === undefined }))
    expect(again).toEqual(entries.map(({ kind, id, cutoff }) => ({ kind, id, isOpen: cutoff === undefined })))
  })

  it('is given it back after all where the database went away in between', async () => {
    const { restored, log, nodeOf, restore } = await createRestored()
    let isAway = false
    const flaky: RevocationLog = {
      since: (seq, limit) => log.since(seq, limit),
      append: async (batch) => (isAway ? Promise.reject(new StoreUnavailable('database')) : log.append(batch)),
    }
    const node = nodeOf({ log: flaky })
    await node.append('lost')
    await node.follower.poll()
    restore()
    isAway = true
    await expect(node.follower.poll()).rejects.toThrow(StoreUnavailable)
    isAway = false
    await node.follower.poll()
    expect((await restored.revocations.since(0, 10)).map(({ id }) => id)).toEqual(['kept', 'lost'])
    expect(node.restored).toMatchObject([{ lost: 1 }])
    expect(node.isRefused('lost')).toBe(true)
  })

  it('is begun anew once where two nodes find it out at once', async () => {
    const { restored, nodeOf, restore } = await createRestored()
    const nodes = [nodeOf(), nodeOf()]
    await nodes[0]?.append('lost')
    for (const node of nodes) await node.follower.poll()
    restore()
    await Promise.all(nodes.map((node) => node.follower.poll()))
    const { epoch } = await restored.heads.read()
    for (const node of nodes) {
      await node.follower.poll()
      expect(node.follower.heads().epoch).toBe(epoch)
      expect(node.isRefused('lost')).toBe(true)
    }
  })
})

describe('what a node may say by itself', () => {
  it('is nothing before it has loaded the revocations', async () => {
    const { database, clock } = await createDatabase()
    const { follower } = createNode(database, clock)
    expect(follower.isFresh()).toBe(false)
    expect(() => follower.assertFresh()).toThrow(StoreUnavailable)
    expect(() => follower.heads()).toThrow(StoreUnavailable)
    expect([follower.confirmedAtMs, follower.isSkewed()]).toEqual([undefined, false])
  })

  it('is everything for max_staleness after the head was last confirmed, and nothing after that', async () => {
    const { database, clock } = await createDatabase()
    const { follower } = createNode(database, clock)
    await follower.poll()
    await database.close()
    clock.advance(300)
    await expect(follower.poll()).rejects.toThrow(StoreUnavailable)
    expect(() => follower.assertFresh()).not.toThrow()
    clock.advance(0.001)
    expect(() => follower.assertFresh()).toThrow(StoreUnavailable)
  })

  it('is reckoned from when the head was asked for, not from when the answer came', async () => {
    const { database, clock } = await createDatabase()
    const changeHeads: ChangeHeads = {
      ...database.heads,
      async read() {
        const heads = await database.heads.read()
        clock.advance(200)
        return heads
      },
    }
    const { follower } = createNode(database, clock, { changeHeads })
    const askedAtMs = clock.nowMs()
    await follower.poll()
    expect(follower.confirmedAtMs).toBe(askedAtMs)
  })

  it('is not trusted where its clock is further from the database’s than is allowed', async () => {
    for (const [skew, isSkewed] of [
      [5, false],
      [5.001, true],
      [-5, false],
      [-5.001, true],
    ] as const) {
      const { database, clock } = await createDatabase()
      const own = new StillClock(clock.now() + skew)
      const { follower } = createNode(database, own)
      await follower.poll()
      expect(follower.isSkewed()).toBe(isSkewed)
    }
  })
})
