import { decodeJwt } from 'jose'
import { grantId } from '../../src/model/ids.js'
import { StillClock } from '../still-clock.js'
import { type JetonInProcess, startJeton } from './jeton-in-process.js'
import { isInvalidGrant, type Pair, pairOf, serveTokens, type TokenCalls } from './token-calls.js'

const DAY = 86_400
const KEEP = 600

let clock: StillClock
let jeton: JetonInProcess
let calls: TokenCalls
beforeEach(async () => {
  clock = new StillClock()
  jeton = await startJeton({ clock })
  calls = await serveTokens(jeton)
})
afterEach(async () => {
  await calls.close()
  await jeton.close()
})

const rowOf = ({ refresh }: Pair) => jeton.stores.grants.find(grantId(String(decodeJwt(refresh).grant_id)))
const purge = (): Promise<void> => jeton.runJob('purge')

describe('the purge of grants', () => {
  it('keeps a row for as long as any refresh token of it can be alive, and takes it afterwards', async () => {
    const client = await jeton.createClient()
    const first = await calls.issue(client)
    const next = pairOf(await calls.refresh(client, first.refresh))
    const expiresAt = Number(decodeJwt(next.refresh).exp)
    clock.advance(expiresAt + KEEP + DAY / 4 - clock.now())
    await purge()
    expect(await rowOf(first)).toMatchObject({ generation: 1 })
    clock.advance(1)
    await purge()
    expect(await rowOf(first)).toBeUndefined()
    for (const { refresh } of [first, next]) expect(isInvalidGrant(await calls.refresh(client, refresh))).toBe(true)
  })

  it('keeps a row whose older refresh token outlives the newer one, as after a shorter lifetime was configured', async () => {
    const client = await jeton.createClient()
    const first = await calls.issue(client)
    const shorter = await startJeton({ clock, stores: jeton.stores, toml: '[oauth.token_validation]\nrefresh_token_validity = 60' })
    const shorterCalls = await serveTokens(shorter)
    const next = pairOf(await shorterCalls.refresh(client, first.refresh))
    await shorterCalls.close()
    await shorter.close()
    expect(Number(decodeJwt(next.refresh).exp)).toBe(clock.now() + 60)
    clock.advance(Number(decodeJwt(first.refresh).exp) - 1 - clock.now())
    await jeton.runJob('poll')
    await purge()
    expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
    expect(await rowOf(first)).toMatchObject({ generation: 1, revokedAt: clock.now() })
  })

  it('run right after a rotation leaves what tells a replay, and what repeats the successor', async () => {
    const client = await jeton.createClient()
    const first = await calls.issue(client)
    const second = pairOf(await calls.refresh(client, first.refresh))
    await purge()
    expect(pairOf(await calls.refresh(client, first.refresh)).refresh).toBe(second.refresh)
    const third = pairOf(await calls.refresh(client, second.refresh))
    await purge()
    expect(isInvalidGrant(await calls.refresh(client, first.refresh))).toBe(true)
    expect(isInvalidGrant(await calls.refresh(client, third.refresh))).toBe(true)
  })

  it('keeps the mark of a grant that was revoked before its first refresh until no token of it can be alive', async () => {
    const client = await jeton.createClient()
    const pair = await calls.issue(client)
    await calls.revoke(client, pair.refresh)
    clock.advance(Number(decodeJwt(pair.refresh).exp) - 1 - clock.now())
    await jeton.runJob('poll')
    await purge()
    expect(isInvalidGrant(await calls.refresh(client, pair.refresh))).toBe(true)
    clock.advance(2 * DAY)
    await purge()
    expect(await rowOf(pair)).toBeUndefined()
  })
})

describe('the purge of revocations', () => {
  it('takes no entry before the last token that it hits has expired', async () => {
    const client = await jeton.createClient()
    const pair = await calls.issue(client)
    await jeton.jeton.operations.revoke({ kind: 'all' })
    clock.advance(Number(decodeJwt(pair.refresh).exp) - 1 - clock.now())
    await purge()
    await jeton.runJob('poll')
    expect(isInvalidGrant(await calls.refresh(client, pair.refresh))).toBe(true)
    clock.advance(2 * DAY)
    await purge()
    expect(await jeton.stores.revocations.since(0, 10)).toEqual([])
  })

  it('leaves stored tokens marked that an entry has hit', async () => {
    const client = await jeton.createClient({ tokenType: 'OAUTH' })
    const pair = await calls.issue(client)
    await jeton.jeton.operations.revoke({ kind: 'all' })
    clock.advance(40 * DAY)
    await purge()
    await jeton.runJob('poll')
    expect(await calls.isActive(client, pair.access)).toBe(false)
    expect(isInvalidGrant(await calls.refresh(client, pair.refresh))).toBe(true)
  })
})
