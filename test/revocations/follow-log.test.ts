import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { clientId, grantId, subject, tokenId, userId } from '../../src/model/ids.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { LogFollower } from '../../src/revocations/follow-log.js'
import { EPOCH_STRIDE } from '../../src/revocations/lost-entries.js'
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
  const turns: number[] = []
  const nextTurn = async (): Promise<void> => void turns.push(published.length)
  const follower = new LogFollower({ log: database.revocations, changeHeads: database.heads, ...parts, set, clock, listener, nextTurn }, settings)
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
  return { set, follower, published, places, turns, heads, restored, append, isRefused }
}

describe('a node that follows the log', () => {
  it('leaves others a turn between the pages of a long one', async () => {
    const { database, clock } = await createDatabase()
    const node = createNode(database, clock)
    await database.revocations.append(Array.from({ length: 10_001 }, (_, at) => ofGrant(`grant-${at}`)))
    await node.follower.poll()
    expect([node.turns, node.published.length, node.isRefused('grant-10000')]).toEqual([[5_000, 10_000], 10_001, true])
    await node.append('new')
    await node.follower.poll()
    expect(node.turns).toHaveLength(2)
  })

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
      ...database.revocations,
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
    await database.purgeTargets.find(({ name }) => name === 'revocations')?.deleteBatch({ limit: 100, after: null, safePeriod: seconds(0) })
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

describe('a log from which somebody has deleted a row', () => {
  it.each([1, 2, 3])('is followed to its head by a node that starts, whichever it was (%d of 3)', async (gone) => {
    const { database, clock } = await createDatabase()
    await database.revocations.append([ofGrant('1'), ofGrant('2'), ofGrant('3')])
    const log: RevocationLog = {
      ...database.revocations,
      since: async (seq, limit) => (await database.revocations.since(seq, limit)).filter((entry) => entry.seq !== gone),
    }
    const node = createNode(database, clock, { log })
    await node.follower.poll()
    expect([node.follower.isFresh(), node.follower.isSkewed(), node.follower.position]).toEqual([true, false, 3])
    expect(['1', '2', '3'].filter((id) => !node.isRefused(id))).toEqual([String(gone)])
    await database.revocations.append([ofGrant('4')])
    await node.follower.poll()
    expect(node.isRefused('4')).toBe(true)
  })
})

describe('a database that was restored from before', () => {
  async function createRestored() {
    const { database: lost, clock } = await createDatabase()
    const restored = await createDatabase(clock)
    let current = lost
    const log: RevocationLog = {
      append: (batch) => current.revocations.append(batch),
      since: (seq, limit) => current.revocations.since(seq, limit),
      continues: (seq, link) => current.revocations.continues(seq, link),
      findBreak: (newest) => current.revocations.findBreak(newest),
    }
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
      { seq: 3 + EPOCH_STRIDE + 1, id: 'lost' },
      { seq: 3 + EPOCH_STRIDE + 2, id: 'lost too' },
    ])
    const fresh = createNode(restored, clock)
    await fresh.follower.poll()
    for (const id of ['kept', 'lost', 'lost too']) expect([node.isRefused(id), fresh.isRefused(id)]).toEqual([true, true])
    expect(node.follower.position).toBe(3 + EPOCH_STRIDE + 2)
    await node.follower.poll()
    expect(node.restored).toHaveLength(1)
  })

  it.each([2, 3, 4])('is given back what it lost although it was written on to %i entries before anybody looked', async (entries) => {
    const { clock, restored, nodeOf, restore } = await createRestored()
    const node = nodeOf()
    await node.append('lost', 'lost too')
    await node.follower.poll()
    restore()
    for (let at = 1; at < entries; at++) await restored.revocations.append([ofGrant(`other-${at}`)])
    await node.follower.poll()
    expect(node.restored).toEqual([{ epoch: (await restored.heads.read()).epoch, lost: 2 }])
    const fresh = createNode(restored, clock)
    await fresh.follower.poll()
    for (const id of ['kept', 'lost', 'lost too', 'other-1']) expect([node.isRefused(id), fresh.isRefused(id)]).toEqual([true, true])
    await node.follower.poll()
    expect(node.restored).toHaveLength(1)
  })

  it('is not taken for restored when others write, in one batch or in many', async () => {
    const { database, clock } = await createDatabase()
    const node = createNode(database, clock)
    for (let batch = 0; batch < 5; batch++) {
      await database.revocations.append([ofGrant(`a-${batch}`), ofGrant(`b-${batch}`)])
      if (batch % 2 === 0) await node.append(`own-${batch}`)
      await node.follower.poll()
    }
    expect(node.restored).toEqual([])
    expect(node.follower.position).toBe(13)
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
      ...log,
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

  it('is given back by every node what only that node knew, whoever began anew', async () => {
    const { lost, restored, nodeOf, restore } = await createRestored()
    const [first, second, third] = [nodeOf(), nodeOf(), nodeOf()]
    for (const node of [first, second, third]) await node.follower.poll()
    await first.append('of the first')
    await second.follower.poll()
    await lost.revocations.append([ofGrant('known to nobody')])
    // As with what a node has just written itself: known before what another has written in between.
    second.follower.include((await lost.revocations.append([ofGrant('of the second')])).slice(-1))
    restore()
    for (const node of [first, second, third]) await node.follower.poll()
    const ids = (await restored.revocations.since(0, 10)).map(({ id }) => id)
    expect(ids).toEqual(['kept', 'of the first', 'of the second'])
    expect([first.restored, second.restored, third.restored].map((told) => told.map(({ lost: count }) => count))).toEqual([[1], [1], []])
    for (const node of [first, third]) await node.follower.poll()
    for (const node of [first, second, third]) for (const id of ids) expect(node.isRefused(id)).toBe(true)
  })

  it('has no entry that a node could take for one that it knew before the restoration', async () => {
    const { lost, restored, nodeOf, restore } = await createRestored()
    const [first, second] = [nodeOf(), nodeOf()]
    const client = (id: string, open: boolean): NewRevocation => ({ kind: 'client', id: clientId(id), open })
    await lost.revocations.append([client('c', false)])
    for (const node of [first, second]) await node.follower.poll()
    second.follower.include(await lost.revocations.append([ofGrant('1'), ofGrant('2'), ofGrant('3'), client('c', false)]))
    restore()
    await first.follower.poll()
    await restored.revocations.append([client('c', true)])
    await second.follower.poll()
    await first.follower.poll()
    for (const { set } of [first, second]) {
      expect([...set.entries()].find(({ kind }) => kind === 'client')).toMatchObject({ id: 'c', cutoff: undefined })
      expect(set.cutoffFor({ clientId: clientId('c'), subject: subject('s'), authorizedType: 'APPLICATION' })).toBe('open')
    }
  })

  it('does not take from a node that a client is disabled, when another one only knew of a cut-off', async () => {
    const { lost, restored, nodeOf, restore } = await createRestored()
    const [first, second] = [nodeOf(), nodeOf()]
    for (const node of [first, second]) await node.follower.poll()
    await lost.revocations.append([{ kind: 'client', id: clientId('c'), open: false }])
    for (const node of [first, second]) await node.follower.poll()
    second.follower.include(await lost.revocations.append([{ kind: 'client', id: clientId('c'), open: true }]))
    restore()
    for (const node of [first, second, first]) await node.follower.poll()
    const written = (await restored.revocations.since(1, 10)).map(({ kind, cutoff }) => `${kind} ${cutoff === undefined ? 'open' : 'cut off'}`)
    expect(written).toEqual(['client cut off', 'client open'])
  })

  it('is given back much in several transactions, and what others revoke meanwhile is taken in', async () => {
    const { lost, restored, log, nodeOf, restore } = await createRestored()
    const sizes: number[] = []
    const watched: RevocationLog = {
      ...log,
      async append(batch) {
        sizes.push(batch.length)
        const entries = await log.append(batch)
        if (sizes.length === 1) await restored.revocations.append([ofGrant('meanwhile')])
        else expect(node.isRefused('meanwhile')).toBe(true)
        return entries
      },
    }
    const node = nodeOf({ log: watched })
    await lost.revocations.append(Array.from({ length: 1200 }, (_, at) => ofGrant(`lost-${at}`)))
    await node.follower.poll()
    restore()
    await node.follower.poll()
    expect(sizes).toEqual([500, 500, 200])
    expect(node.restored).toMatchObject([{ lost: 1200 }])
    expect((await restored.revocations.since(0, 2000)).map(({ id }) => id)).toHaveLength(1202)
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
