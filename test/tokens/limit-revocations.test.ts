import { Overloaded, StoreUnavailable } from '../../src/errors/operational-errors.js'
import type { BusinessEvent } from '../../src/model/event.js'
import { clientId, tokenId } from '../../src/model/ids.js'
import { NEVER } from '../../src/model/revocation-entry.js'
import type { NewRevocation } from '../../src/stores/revocation-log.js'
import { limitRevocations, type RevocationLimits } from '../../src/tokens/limit-revocations.js'
import { StillClock } from '../still-clock.js'

const LIMITS: RevocationLimits = { perClientRate: 2, perClientBurst: 3 }

function createFixture(limits = LIMITS) {
  const clock = new StillClock()
  const recorded: NewRevocation[] = []
  const events: BusinessEvent[] = []
  const store: { failure: Error | undefined } = { failure: undefined }
  const record = limitRevocations(
    async (revocation) => {
      if (store.failure !== undefined) throw store.failure
      recorded.push(revocation)
      return { seq: recorded.length, kind: revocation.kind, id: 'x', cutoff: undefined, expires: NEVER }
    },
    { clock, events: (event) => void events.push(event) },
    limits,
  )
  const revoke = (client: string) =>
    record({ kind: 'token', id: tokenId('t'), expiresAt: undefined, owner: { clientId: clientId(client), userId: undefined } })
  /** How many of `count` at once are recorded, and the seconds that the others are to wait. */
  async function revokeMany(client: string, count: number) {
    const settled = await Promise.allSettled(Array.from({ length: count }, () => revoke(client)))
    const refused = settled.filter((one) => one.status === 'rejected').map(({ reason }) => reason as { code: string; retryAfter: number })
    return { recorded: count - refused.length, refused: refused.map(({ code, retryAfter }) => [code, retryAfter]) }
  }
  return { clock, recorded, events, store, record, revoke, revokeMany }
}

describe('the limit on the revocations of one client', () => {
  it('lets a burst pass and refuses what is more, recording nothing of it', async () => {
    const { revokeMany, recorded } = createFixture()
    expect(await revokeMany('web', 5)).toEqual({ recorded: 3, refused: [...Array(2)].map(() => ['slow_down', 1]) })
    expect(recorded).toHaveLength(3)
  })

  it('is each client’s own', async () => {
    const { revokeMany } = createFixture()
    await revokeMany('web', 100)
    expect((await revokeMany('shop', 3)).recorded).toBe(3)
  })

  it('lets pass after a time what the rate gives, and after a rest no more than the burst', async () => {
    const { clock, revokeMany } = createFixture()
    await revokeMany('web', 3)
    clock.advance(1)
    expect((await revokeMany('web', 5)).recorded).toBe(2)
    clock.advance(3600)
    expect((await revokeMany('web', 5)).recorded).toBe(3)
  })

  it('names a time after which the next one passes', async () => {
    const { clock, revokeMany } = createFixture({ perClientRate: 1, perClientBurst: 1 })
    await revokeMany('web', 1)
    clock.advance(0.25)
    const { refused } = await revokeMany('web', 1)
    expect(refused).toEqual([['slow_down', 1]])
    clock.advance(0.5)
    expect((await revokeMany('web', 1)).recorded).toBe(0)
    clock.advance(0.25)
    expect((await revokeMany('web', 1)).recorded).toBe(1)
  })

  it.each([new StoreUnavailable('database'), new Overloaded('revocations')])('does not count what was not recorded: $name', async (failure) => {
    const { store, revokeMany, revoke } = createFixture()
    store.failure = failure
    for (let attempt = 0; attempt < 10; attempt++) await expect(revoke('web')).rejects.toBe(failure)
    store.failure = undefined
    expect((await revokeMany('web', 5)).recorded).toBe(3)
  })

  it('goes on refilling when the clock was put back', async () => {
    const { clock, revokeMany } = createFixture()
    await revokeMany('web', 4)
    clock.advance(-3600)
    expect((await revokeMany('web', 1)).recorded).toBe(0)
    clock.advance(1)
    expect((await revokeMany('web', 5)).recorded).toBe(2)
  })

  it('tells of each refusal, and once a minute that it is news, client by client', async () => {
    const { clock, events, revokeMany } = createFixture()
    const newsOf = () => events.splice(0).map((event) => event.type === 'revocation_limited' && [event.clientId, event.isNews])
    await revokeMany('web', 5)
    expect(newsOf()).toEqual([
      ['web', true],
      ['web', false],
    ])
    clock.advance(59)
    await revokeMany('web', 4)
    await revokeMany('shop', 4)
    expect(newsOf()).toEqual([
      ['web', false],
      ['shop', true],
    ])
    clock.advance(2)
    await revokeMany('web', 4)
    expect(newsOf()).toEqual([['web', true]])
  })

  it('remembers ten thousand clients and forgets who revoked longest ago', async () => {
    const { revokeMany } = createFixture({ perClientRate: 1, perClientBurst: 1 })
    for (let n = 0; n < 10_000; n++) await revokeMany(`client-${n}`, 1)
    expect((await revokeMany('client-0', 1)).recorded).toBe(0)
    await revokeMany('one-more', 1)
    expect((await revokeMany('client-0', 1)).recorded).toBe(0)
    expect((await revokeMany('client-1', 1)).recorded).toBe(1)
  })

  it('is not for what has no owner', async () => {
    const { record, recorded } = createFixture()
    for (let n = 0; n < 5; n++) await record({ kind: 'client', id: clientId('web'), open: false })
    expect(recorded).toHaveLength(5)
  })
})
