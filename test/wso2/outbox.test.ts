import { keyId } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import { type EventBody, entityOf } from '../../src/wso2/event-bodies.js'
import { aClient, aUser } from '../stores/opened-stores.js'
import { createOutboxFixture, grant, type OutboxFixture, ofClient, ofUser, token } from './outbox-fixture.js'

let fixture: OutboxFixture
beforeEach(async () => {
  fixture = createOutboxFixture()
  await fixture.database.heads.raiseLifetimes(seconds(1_000_000), seconds(1_000_000))
})
afterEach(() => fixture.stopAll())

const place = async () => fixture.database.outbox.position('wso2')
const isUpTo = (seq: number) => async () => (await place()).seq === seq
const tokensOf = (received: readonly EventBody[]) => received.flatMap((body) => (body.type === 'token_revocation' ? [body.accessToken] : []))

/** A generator of the same numbers each time. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('the outbox', () => {
  it('tells each entry of the log once, and remembers it', async () => {
    const { database, receiver, start, until } = fixture
    await database.revocations.append([token('a'), ofUser('u'), token('b')])
    const outbox = start()
    await until(isUpTo(3))
    await database.revocations.append([token('c')])
    await until(isUpTo(4))
    expect(receiver.received).toHaveLength(4)
    expect(tokensOf(receiver.received).sort()).toEqual(['a', 'b', 'c'])
    expect(outbox.waiting()).toBe(0)
  })

  it('goes on where the process before has ended', async () => {
    const { database, receiver, start, until } = fixture
    await database.revocations.append([token('a')])
    const first = start()
    await until(isUpTo(1))
    await first.stop()
    await database.revocations.append([token('b')])
    start()
    await until(isUpTo(2))
    expect(tokensOf(receiver.received)).toEqual(['a', 'b'])
  })

  it('tells thousands, some at a time', async () => {
    const { database, receiver, start, until } = fixture
    await database.revocations.append(Array.from({ length: 1500 }, (_, index) => token(`t${index}`)))
    start()
    await until(isUpTo(1500))
    expect(new Set(tokensOf(receiver.received)).size).toBe(1500)
    expect(receiver.received).toHaveLength(1500)
    expect(receiver.mostUnderWay).toBeGreaterThan(1)
    expect(receiver.mostUnderWay).toBeLessThanOrEqual(16)
  })

  it.each([1, 2, 3, 4, 5])('loses nothing and keeps the order of each entity at a receiver that loses, refuses and fails (%i)', async (seed) => {
    const { database, receiver, start, until } = fixture
    const random = numbers(seed)
    receiver.behave = () => (['taken', 'lost', 'refused', 'failed', 'taken', 'taken'] as const)[Math.floor(random() * 6)] ?? 'taken'
    start()
    for (let round = 0; round < 15; round++) {
      await database.revocations.append([ofUser('u'), ofClient('c'), grant(`g${round}`, 'u'), token(`t${round}`), ofUser('v')])
      fixture.clock.advance(1)
      if (round === 7) await until(() => receiver.received.length > 10)
    }
    await until(async () => (await isUpTo(75)()) && (await place()).late.length === 0)
    expect(new Set(tokensOf(receiver.received)).size).toBe(15)
    const times = new Map<string, number>()
    for (const body of receiver.received) {
      if (body.type === 'token_revocation') continue
      expect(body.revocationTime).toBeGreaterThanOrEqual(times.get(entityOf(body)) ?? 0)
      times.set(entityOf(body), body.revocationTime)
    }
    const lines = await database.outbox.since({ seq: 0, limit: 100 })
    const last = (id: string) => lines.findLast(({ entry }) => entry.id === id)?.entry.cutoff ?? 0
    expect(times.get('client c')).toBe(last('c') * 1000 + 999)
    expect(times.get('USER_ID v')).toBe(last('v') * 1000 + 999)
    // The last word on this user is a grant, which says no less than what came before it.
    expect(times.get('USER_ID u')).toBeGreaterThanOrEqual(last('u') * 1000 + 999)
  })

  it('does not let the others wait for an entry that is refused, tells the operator, and tries on', async () => {
    const { database, receiver, start, until, told } = fixture
    receiver.behave = (body) => (tokensOf([body]).includes('poison') ? 'refused' : 'taken')
    await database.revocations.append([token('poison'), token('a'), ofUser('u')])
    start()
    await until(isUpTo(3))
    expect(await place()).toEqual({ seq: 3, late: [1] })
    expect(told('wso2_event_set_aside')).toMatchObject([{ entry: { id: 'poison' }, attempts: 5 }])
    receiver.behave = () => 'taken'
    await until(async () => (await place()).late.length === 0)
    expect(tokensOf(receiver.received)).toEqual(['a', 'poison'])
  })

  it('lets nobody wait for those behind it of the same entity, of which the last one is enough', async () => {
    const { database, receiver, start, until } = fixture
    receiver.behave = (body) => ('entityId' in body && body.entityId === 'u' ? 'refused' : 'taken')
    await database.revocations.append([ofUser('u'), ...Array.from({ length: 700 }, (_, index) => grant(`g${index}`, 'u')), token('a')])
    start()
    await until(isUpTo(702))
    await until(async () => (await place()).late.length === 1)
    receiver.behave = () => 'taken'
    await until(async () => (await place()).late.length === 0)
    const [, ...told] = receiver.received
    const [first] = await database.revocations.since(0, 1)
    expect(told).toMatchObject([{ entityId: 'u' }])
    expect(told.every((body) => 'revocationTime' in body && body.revocationTime > (first?.cutoff ?? 0) * 1000)).toBe(true)
  })

  it('takes an entry at which the receiver fails while it takes others for one that is refused', async () => {
    const { database, receiver, start, until, told } = fixture
    receiver.behave = (body) => (tokensOf([body]).includes('poison') ? 'failed' : 'taken')
    await database.revocations.append([token('poison'), token('a')])
    start()
    for (let next = 0; told('wso2_event_set_aside').length === 0; next++) {
      await database.revocations.append([token(`t${next}`)])
      await until(() => tokensOf(receiver.received).includes(`t${next}`))
      await until(async () => receiver.underWay === 0)
    }
    await until(async () => (await place()).late.length === 1)
    expect((await place()).late).toEqual([1])
  })

  it('sets nothing aside while the receiver is away, asks it one at a time, and goes on when it is back', async () => {
    const { database, receiver, start, until, told } = fixture
    receiver.behave = () => 'failed'
    await database.revocations.append(Array.from({ length: 40 }, (_, index) => token(`t${index}`)))
    const outbox = start()
    await until(() => receiver.attempts > 30)
    expect(await place()).toEqual({ seq: 0, late: [] })
    expect(outbox.waiting()).toBe(40)
    expect(outbox.oldestSeconds()).toBeGreaterThan(60)
    expect(told('store_unavailable')).not.toHaveLength(0)
    receiver.mostUnderWay = 0
    const before = receiver.attempts
    await until(() => receiver.attempts > before + 3)
    expect(receiver.mostUnderWay).toBe(1)
    receiver.behave = () => 'taken'
    await until(isUpTo(40))
    expect(told('store_answers_again')).toHaveLength(1)
    expect(receiver.received).toHaveLength(40)
  })

  it('tells what was set aside by a process that has died', async () => {
    const { database, receiver, start, until } = fixture
    receiver.behave = (body) => (tokensOf([body]).includes('poison') ? 'refused' : 'taken')
    await database.revocations.append([token('poison'), token('a')])
    const first = start()
    await until(async () => (await place()).late.length === 1)
    await first.stop()
    receiver.behave = () => 'taken'
    start()
    await until(async () => (await place()).late.length === 0)
    expect(tokensOf(receiver.received)).toEqual(['a', 'poison'])
  })

  it('is the work of one process at a time', async () => {
    const { database, receiver, start, until } = fixture
    const first = start()
    await until(() => first.isSending())
    const second = start()
    await second.ended
    expect(second.isSending()).toBe(false)
    await database.revocations.append([token('a')])
    await until(isUpTo(1))
    expect(receiver.received).toHaveLength(1)
  })

  it('goes over to another process when this one stands still, and then is moved by that one alone', async () => {
    const { database, receiver, start, until, clock } = fixture
    let thaw: () => void = () => undefined
    const frozen = new Promise<void>((resolve) => {
      thaw = resolve
    })
    await database.revocations.append([token('a')])
    const first = start({ pause: () => frozen, head: () => 1 })
    await until(() => receiver.received.length === 1)
    await until(() => receiver.underWay === 0)
    await database.revocations.append([token('b'), token('c')])
    clock.advance(31)
    start()
    await until(isUpTo(3))
    const stood = await place()
    thaw()
    await first.ended
    expect(await place()).toEqual(stood)
    expect(new Set(tokensOf(receiver.received))).toEqual(new Set(['a', 'b', 'c']))
  })

  it('is not moved by a process that only thinks that it still has the lease', async () => {
    const { database, receiver, start, until, clock } = fixture
    let thaw: () => void = () => undefined
    const frozen = new Promise<void>((resolve) => {
      thaw = resolve
    })
    await database.revocations.append([token('a')])
    let head = 1
    const pause = () => frozen.then(() => new Promise<void>((resolve) => setImmediate(resolve)))
    const first = start({ pause, head: () => head, leases: { ...database.leases, renew: async () => true } })
    await until(isUpTo(1))
    await database.revocations.append([token('b'), token('c')])
    clock.advance(16)
    receiver.behave = (body) => (tokensOf([body]).includes('c') ? 'refused' : 'taken')
    start()
    await until(async () => (await place()).late.length === 1)
    const stood = await place()
    head = 3
    receiver.behave = () => 'taken'
    thaw()
    await first.ended
    expect(stood).toEqual({ seq: 3, late: [3] })
    expect(tokensOf(receiver.received).filter((id) => id === 'b')).toHaveLength(2)
  })

  it('begins no POST under a lease that it could not renew', async () => {
    const { database, receiver, start, until, clock, abandon } = fixture
    for (const id of ['c1', 'c2', 'c3']) await database.clients.create(aClient(id))
    await database.revocations.append([{ kind: 'all' }])
    receiver.behave = () => 'held'
    start({ leases: { ...database.leases, renew: () => new Promise<boolean>(() => undefined) } })
    await until(() => receiver.underWay === 1)
    clock.advance(21)
    receiver.release()
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(receiver.attempts).toBe(1)
    // Its renewal never ends.
    abandon()
  })

  it('says how many entries have expired before anybody could be told', async () => {
    const { database, receiver, start, until, clock, events } = fixture
    const soon = clock.now() + 60
    await database.revocations.append([token('first')])
    const before = start()
    await until(isUpTo(1))
    receiver.behave = () => 'failed'
    await database.revocations.append([token('a', soon), token('b', soon), token('c')])
    await until(() => clock.now() > soon + 600)
    receiver.behave = () => 'taken'
    await until(isUpTo(4))
    await before.stop()
    expect(tokensOf(receiver.received)).toEqual(['first', 'c'])
    const counts = events.flatMap((event) => (event.type === 'wso2_events_expired' ? [event.count] : []))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2)
  })

  it('does not complain of what had expired before it was ever turned on', async () => {
    const { database, receiver, start, until, clock, told } = fixture
    await database.revocations.append([token('old', clock.now() + 60), token('new')])
    clock.advance(3600)
    start()
    await until(isUpTo(2))
    expect(tokensOf(receiver.received)).toEqual(['new'])
    expect(told('wso2_events_expired')).toEqual([])
  })

  it('names what WSO2 has no event for, and goes on', async () => {
    const { database, receiver, start, until, events } = fixture
    await database.revocations.append([{ kind: 'key', id: keyId('k') }, { kind: 'grant', id: 'g' as never }, token('a')])
    start()
    await until(isUpTo(3))
    expect(tokensOf(receiver.received)).toEqual(['a'])
    expect(events.flatMap((event) => (event.type === 'wso2_event_untold' ? [[event.entry.kind, event.reason]] : []))).toEqual([
      ['key', 'key'],
      ['grant', 'owner_unknown'],
    ])
  })

  it('tells no grants where that is turned off', async () => {
    const { database, receiver, start, until, told } = fixture
    await database.revocations.append([grant('g', 'u'), token('a')])
    start({ grantEvents: false })
    await until(isUpTo(2))
    expect(receiver.received).toHaveLength(1)
    expect(told('wso2_event_untold')).toEqual([])
  })

  it('tells an end of everything of each client, between what was before and what comes after', async () => {
    const { database, receiver, start, until } = fixture
    for (const id of ['c1', 'c2', 'c3']) await database.clients.create(aClient(id))
    await database.revocations.append([ofClient('c2'), { kind: 'all' }, ofClient('c1')])
    const [first] = await database.revocations.since(0, 1)
    const isFirst = (body: EventBody) => 'revocationTime' in body && body.revocationTime === (first?.cutoff ?? 0) * 1000 + 999
    // It would be taken last, and lower what the others have said, if they did not wait for it.
    receiver.behave = (body) => {
      if (isFirst(body) && receiver.received.length < 3 && receiver.attempts < 20) return 'failed'
      return receiver.attempts % 2 === 0 ? 'lost' : 'taken'
    }
    start()
    await until(isUpTo(3))
    const told = new Map<string, number>()
    for (const body of receiver.received) {
      if (body.type !== 'consumer_app_revocation_event') continue
      expect(body.revocationTime).toBeGreaterThanOrEqual(told.get(body.consumerKey) ?? 0)
      told.set(body.consumerKey, body.revocationTime)
    }
    const [, all, last] = await database.revocations.since(0, 3)
    const endOf = (cutoff: number | undefined) => (cutoff ?? 0) * 1000 + 999
    expect([...told].sort()).toEqual([
      ['c1', endOf(last?.cutoff)],
      ['c2', endOf(all?.cutoff)],
      ['c3', endOf(all?.cutoff)],
    ])
  })

  it('tells an end of everything of very many clients, some at a time, from where it had come to', async () => {
    const { database, receiver, start, until } = fixture
    const ids = Array.from({ length: 100 }, (_, index) => `c${String(index).padStart(3, '0')}`)
    for (const id of ids) await database.clients.create(aClient(id))
    receiver.behave = () => (receiver.attempts === 50 ? 'failed' : 'taken')
    await database.revocations.append([{ kind: 'all' }])
    start()
    await until(isUpTo(1))
    const told = receiver.received.flatMap((body) => ('consumerKey' in body ? [body.consumerKey] : []))
    expect([...new Set(told)].sort()).toEqual(ids)
    expect(told.length).toBeLessThan(120)
    expect(receiver.mostUnderWay).toBe(16)
  })

  it('tells the others of an end of everything where one client is refused', async () => {
    const { database, receiver, start, until } = fixture
    for (const id of ['c1', 'c2', 'c3']) await database.clients.create(aClient(id))
    receiver.behave = (body) => (body.type === 'consumer_app_revocation_event' && body.consumerKey === 'c2' ? 'refused' : 'taken')
    await database.revocations.append([{ kind: 'all' }, token('a')])
    start()
    await until(async () => (await place()).late.length === 1)
    await until(() => tokensOf(receiver.received).includes('a'))
    expect(new Set(receiver.received.flatMap((body) => ('consumerKey' in body ? [body.consumerKey] : [])))).toEqual(new Set(['c1', 'c3', 'client-1']))
  })

  it('does not shorten what a user was told by what a grant says', async () => {
    const { database, receiver, start, until } = fixture
    await database.users.create(aUser('u'))
    // Each one lies a second after the one before, so this is far ahead of the clock.
    for (let round = 0; round < 10; round++) await database.revocations.append([ofUser('u')])
    await database.revocations.append([grant('g', 'u')])
    start()
    await until(isUpTo(11))
    const times = receiver.received.flatMap((body) => ('revocationTime' in body ? [body.revocationTime] : []))
    expect(times.at(-1)).toBe(Math.max(...times))
  })

  it('takes back that a client is shut when it is enabled again', async () => {
    const { database, receiver, start, until } = fixture
    await database.clients.create(aClient('c'))
    await database.clients.update(aClient('c').id, { state: 'disabled' })
    await database.clients.update(aClient('c').id, { state: 'active' })
    start()
    await until(isUpTo(2))
    const [shut, open] = receiver.received.flatMap((body) => ('revocationTime' in body ? [body.revocationTime] : []))
    expect(new Date(shut ?? 0).toISOString()).toBe('2037-12-31T23:59:59.999Z')
    expect(open).toBeLessThan((fixture.clock.now() + seconds(60)) * 1000)
  })

  it('ends with an error when the database does not answer, and waits for nothing then', async () => {
    const { database, start, until } = fixture
    const outbox = start()
    await until(() => outbox.isSending())
    await database.close()
    await expect(outbox.ended).rejects.toThrow('database')
    expect(outbox.isSending()).toBe(false)
  })
})
