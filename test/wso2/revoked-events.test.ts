import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { seconds } from '../../src/model/time.js'
import type { NewRevocation } from '../../src/stores/revocation-log.js'
import { createRevocationSet } from '../../src/verification/revocation-set.js'
import { createRevokedEvents, type RevokedForm } from '../../src/wso2/revoked-events.js'
import { createWiderRevocations } from '../../src/wso2/wider-revocations.js'
import { StillClock } from '../still-clock.js'
import { aClient } from '../stores/opened-stores.js'
import { grant, ofClient, ofUser, token } from './outbox-fixture.js'

const OPEN_END = Date.UTC(2037, 11, 31, 23, 59, 59, 999)

async function createFixture({ form = 'events' as RevokedForm, grantEvents = true, isStale = (): boolean => false } = {}) {
  const clock = new StillClock()
  const database = createMemoryDatabase(clock, { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  await database.heads.raiseLifetimes(seconds(3600), seconds(3600))
  const set = createRevocationSet()
  let reads = 0
  const wider = createWiderRevocations(
    {
      store: {
        since(range) {
          reads++
          return database.outbox.since(range)
        },
      },
      listClientIds: async (after, limit) => (await database.clients.list(after, limit)).map(({ id }) => id),
      now: () => clock.now(),
      head: () => set.seq,
    },
    { maxClockSkew: seconds(5), grantEvents },
  )
  const revoked = createRevokedEvents(
    {
      walk: () => set.walk(),
      entriesAfter: (seq) => set.entries(seq),
      version: () => String(set.seq),
      assertFresh: () => {
        if (isStale()) throw new Error('stale')
      },
      wider,
      clock,
      nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
    },
    form,
  )
  return {
    clock,
    database,
    wider,
    revoked,
    reads: () => reads,
    async revoke(...batch: readonly NewRevocation[]) {
      for (const entry of await database.revocations.append(batch)) set.apply(entry)
      await wider.follow()
    },
    whole: async () => JSON.parse(Buffer.concat(await revoked.whole()).toString()),
  }
}

/** What a gateway believes when it has read one document after the other: of two that name the same one the last. */
function believedFrom(...documents: readonly Record<string, readonly Record<string, unknown>[]>[]): ReadonlyMap<string, unknown> {
  const believed = new Map<string, unknown>()
  for (const { revokedJWTList = [], revokedJWTSubjectEntityList = [], revokedJWTConsumerKeyList = [] } of documents) {
    for (const one of revokedJWTList) believed.set(`jti ${one.jwt_signature}`, one.expiry_time)
    for (const one of revokedJWTSubjectEntityList) believed.set(`${one.entity_type} ${one.entity_id}`, one.revocation_time)
    for (const one of revokedJWTConsumerKeyList) believed.set(`client ${one.consumer_key}`, one.revocation_time)
  }
  return believed
}

describe('what a gateway of WSO2’s is told when it starts', () => {
  it('is three empty lists where nothing is revoked', async () => {
    const { revoke, whole } = await createFixture()
    await revoke()
    expect(await whole()).toEqual({ revokedJWTList: [], revokedJWTSubjectEntityList: [], revokedJWTConsumerKeyList: [] })
  })

  it('are tokens, users and clients, with times in milliseconds and in their words', async () => {
    const { revoke, whole, clock } = await createFixture()
    await revoke(token('t', clock.now() + 60), ofUser('u'), ofClient('c'))
    const end = (clock.now() + 5) * 1000
    const organization = 'carbon.super'
    expect(await whole()).toEqual({
      revokedJWTList: [{ jwt_signature: 't', expiry_time: (clock.now() + 660) * 1000 }],
      revokedJWTSubjectEntityList: [{ entity_id: 'u', entity_type: 'USER_ID', revocation_time: end + 999, organization }],
      revokedJWTConsumerKeyList: [{ consumer_key: 'c', revocation_time: end + 999, organization }],
    })
  })

  it('are tokens alone in an array for gateways from before', async () => {
    const { revoke, whole } = await createFixture({ form: 'list' })
    await revoke(token('a'), ofUser('u'), token('b'))
    expect(await whole()).toMatchObject([{ jwt_signature: 'a' }, { jwt_signature: 'b' }])
  })

  it('has users and clients in the place of grants, and no grants where that is turned off', async () => {
    const grants = [grant('g', 'u'), grant('h', undefined), { kind: 'grant', id: 'unknown' as never } as const]
    const told = await createFixture()
    await told.revoke(...grants)
    expect([...believedFrom(await told.whole()).keys()]).toEqual(['USER_ID u', 'CLIENT_ID client-1'])
    const untold = await createFixture({ grantEvents: false })
    await untold.revoke(...grants)
    expect(believedFrom(await untold.whole()).size).toBe(0)
  })

  it('has each client in the place of an end of everything', async () => {
    const { database, revoke, whole, clock } = await createFixture()
    for (const id of ['c1', 'c2']) await database.clients.create(aClient(id))
    await revoke({ kind: 'all' }, ofClient('c2', true))
    expect(believedFrom(await whole())).toEqual(
      new Map([
        ['client c1', (clock.now() + 5) * 1000 + 999],
        ['client c2', OPEN_END],
      ]),
    )
  })

  it('believes of a user the later of what a grant and what the user’s own entry say', async () => {
    const { revoke, whole, clock } = await createFixture()
    await revoke(ofUser('u'))
    clock.advance(100)
    await revoke(grant('g', 'u'), ofUser('v', true), grant('h', 'v'))
    const believed = believedFrom(await whole())
    expect(believed.get('USER_ID u')).toBe((clock.now() + 6) * 1000 + 999)
    expect(believed.get('USER_ID v')).toBe(OPEN_END)
  })

  it('forgets what has expired, grants too', async () => {
    const { revoke, whole, clock, wider } = await createFixture()
    await revoke(token('t', clock.now() + 1), grant('g', 'u'), ofUser('v'))
    clock.advance(3600 + 600 + 10)
    await wider.follow()
    expect(believedFrom(await whole()).size).toBe(0)
  })

  it('can be had in pages, which say the same', async () => {
    const { revoke, whole, revoked, database } = await createFixture()
    await database.clients.create(aClient('client-1'))
    for (let round = 0; round < 20; round++) await revoke(token(`t${round}`), ofUser(`u${round % 7}`), grant(`g${round}`, `u${round % 5}`))
    await revoke({ kind: 'all' })
    const pages = []
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page = revoked.page(after, 7)
      pages.push(JSON.parse(page.body))
      after = page.next
    }
    expect(pages.length).toBeGreaterThan(3)
    expect(new Map([...believedFrom(...pages)].sort())).toEqual(new Map([...believedFrom(await whole())].sort()))
  })

  it('is answered from memory, and built once for gateways that start together', async () => {
    const { revoke, revoked, reads } = await createFixture()
    await revoke(token('t'), grant('g', 'u'))
    const before = reads()
    const [one, other] = await Promise.all([revoked.whole(), revoked.whole()])
    expect(other).toBe(one)
    revoked.page(0, 10)
    expect(reads()).toBe(before)
    await revoke(token('t2'))
    expect(await revoked.whole()).not.toBe(one)
  })

  it('is not told before it is loaded, nor when it is too old', async () => {
    let isStale = false
    const { revoked, revoke } = await createFixture({ isStale: () => isStale })
    await expect(revoked.whole()).rejects.toMatchObject({ code: 'temporarily_unavailable' })
    expect(() => revoked.page(0, 1)).toThrow('not loaded')
    await revoke()
    isStale = true
    await expect(revoked.whole()).rejects.toThrow('stale')
  })

  it('holds tens of thousands', async () => {
    const { revoke, whole, clock } = await createFixture()
    await revoke(...Array.from({ length: 20_000 }, (_, index) => token(`t${index}`, clock.now() + 60)))
    expect(believedFrom(await whole()).size).toBe(20_000)
  })
})
