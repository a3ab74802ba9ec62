import { decodeJwt } from 'jose'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'
import { type Answer, isInvalidGrant, serveTokens, type TokenCalls } from './token-calls.js'

const ON = '[oauth.token_persistence]\nenable = true\n'
const CLEANUPS = {
  'an audit': '',
  'no audit': '[oauth.token_cleanup]\nretain_access_tokens_for_auditing = false\n',
  'no clean-up': '[oauth.token_cleanup]\nenable = false\n',
}
const GRANTS = ['client_credentials', 'password', 'refresh_token'] as const

const refreshOf = ({ body }: Answer): string => String(body.refresh_token)
const accessOf = ({ body }: Answer): string => String(body.access_token)
const isStored = ({ body }: Answer): boolean => !('entity_id' in decodeJwt(String(body.access_token)))

/** Two nodes on one database, of which one has the switch on: a moment of a switch, in either direction. */
await describeOnEngines('a JWT application, while stored tokens are switched on or off', ['memory', 'sqlite', 'postgresql', 'mysql'], (engine) => {
  describe.each(Object.entries(CLEANUPS))('with %s', (_name, cleanup) => {
    let [on, off] = [undefined, undefined] as unknown as [JetonInProcess, JetonInProcess]
    let [stored, unstored] = [undefined, undefined] as unknown as [TokenCalls, TokenCalls]
    let client: Credentials
    beforeAll(async () => {
      on = await startJeton({ engine, toml: ON + cleanup })
      off = await startJeton({ engine, toml: cleanup, beside: on })
      ;[stored, unstored] = [await serveTokens(on), await serveTokens(off)]
    })
    afterAll(async () => {
      await stored.close()
      await unstored.close()
      await off.close()
      await on.close()
    })
    beforeEach(async () => {
      client = await on.createClient({ grantTypes: [...GRANTS], scopes: 'read write' })
      await off.runJob('poll')
    })

    const bothKnow = () => Promise.all([on.runJob('poll'), off.runJob('poll')])
    const isActive = async (token: string): Promise<boolean> => {
      await bothKnow()
      const [here, there] = [await stored.isActive(client, token), await unstored.isActive(client, token)]
      expect(here).toBe(there)
      return here
    }

    it('has each token checked in its own way by both', async () => {
      const [first, second] = [await stored.issue(client), await unstored.issue(client)]
      for (const { access } of [first, second]) expect(await isActive(access)).toBe(true)
      await unstored.revoke(client, first.access)
      await stored.revoke(client, second.access)
      for (const { access } of [first, second]) expect(await isActive(access)).toBe(false)
    })

    it('exchanges a stored refresh token once for an unstored pair of the same grant', async () => {
      const pair = await stored.issue(client)
      const next = await unstored.refresh(client, pair.refresh)
      expect(next.status).toBe(200)
      expect(isStored(next)).toBe(false)
      expect(decodeJwt(accessOf(next)).grant_id).toBe(decodeJwt(pair.access).grant_id)
      expect(refreshOf(next)).not.toMatch(/^jrt_/)
      expect([await isActive(pair.access), await isActive(accessOf(next))]).toEqual([false, true])
      const again = await unstored.refresh(client, pair.refresh)
      expect(refreshOf(again)).toBe(refreshOf(next))
    })

    it('exchanges an unstored refresh token once for a stored pair of the same grant', async () => {
      const pair = await unstored.issue(client)
      const next = await stored.refresh(client, pair.refresh)
      expect(next.status).toBe(200)
      expect(isStored(next)).toBe(true)
      expect(decodeJwt(accessOf(next)).grant_id).toBe(decodeJwt(pair.access).grant_id)
      expect(refreshOf(next)).toMatch(/^jrt_/)
      expect([await isActive(pair.access), await isActive(accessOf(next))]).toEqual([true, true])
      expect(refreshOf(await stored.refresh(client, pair.refresh))).toBe(refreshOf(next))
    })

    it.each([
      ['stored', true],
      ['unstored', false],
    ] as const)('finds the replay of a %s refresh token from either side, whatever the grant has become', async (_kind, beginsStored) => {
      for (const at of [stored, unstored]) {
        const first = await (beginsStored ? stored : unstored).issue(client)
        const second = await (beginsStored ? unstored : stored).refresh(client, first.refresh)
        const third = await (beginsStored ? stored : unstored).refresh(client, refreshOf(second))
        expect([second.status, third.status]).toEqual([200, 200])
        expect(isInvalidGrant(await at.refresh(client, first.refresh))).toBe(true)
        await bothKnow()
        for (const side of [stored, unstored]) expect(isInvalidGrant(await side.refresh(client, refreshOf(third)))).toBe(true)
        expect(await isActive(accessOf(third))).toBe(false)
      }
    })

    it('goes to and fro in one grant', async () => {
      let token = (await stored.issue(client)).refresh
      for (const [round, side] of [unstored, stored, stored, unstored, unstored, stored].entries()) {
        const next = await side.refresh(client, token)
        expect([round, next.status, isStored(next)]).toEqual([round, 200, side === stored])
        token = refreshOf(next)
      }
    })

    it('revokes a grant by the refresh token of either side', async () => {
      const pair = await stored.issue(client)
      const next = await unstored.refresh(client, pair.refresh)
      await stored.revoke(client, refreshOf(next))
      await bothKnow()
      expect(await isActive(accessOf(next))).toBe(false)
      for (const side of [stored, unstored]) expect(isInvalidGrant(await side.refresh(client, refreshOf(next)))).toBe(true)
    })

    it('does not let another client spend, repeat or end what is not its own', async () => {
      const thief = await on.createClient({ grantTypes: [...GRANTS], scopes: 'read write' })
      await off.runJob('poll')
      const pair = await stored.issue(client)
      const next = await unstored.refresh(client, pair.refresh)
      const last = await unstored.refresh(client, refreshOf(next))
      for (const token of [pair.refresh, refreshOf(next), refreshOf(last)]) {
        for (const side of [stored, unstored]) expect(isInvalidGrant(await side.refresh(thief, token))).toBe(true)
      }
      await bothKnow()
      expect((await stored.refresh(client, refreshOf(last))).status).toBe(200)
    })

    it('lets two sessions of one user go on side by side that were begun before the switch', async () => {
      const [one, two] = [await unstored.issue(client), await unstored.issue(client)]
      const [first, second] = [await stored.refresh(client, one.refresh), await stored.refresh(client, two.refresh)]
      for (const next of [first, second]) expect(await isActive(accessOf(next))).toBe(true)
      for (const next of [first, second]) expect((await stored.refresh(client, refreshOf(next))).status).toBe(200)
    })

    it('keeps the refresh token that a configuration says it may keep, and only the access tokens are of the other kind', async () => {
      const toml = `${cleanup}[oauth.token_renewal]\nrenew_refresh_token = false\n`
      const [keptOn, keptOff] = [await startJeton({ engine, toml: ON + toml, beside: on }), await startJeton({ engine, toml, beside: on })]
      const [storing, plain] = [await serveTokens(keptOn), await serveTokens(keptOff)]
      const [first, second] = [await stored.issue(client), await unstored.issue(client)]
      const [next, other] = [await plain.refresh(client, first.refresh), await storing.refresh(client, second.refresh)]
      expect([isStored(next), isStored(other)]).toEqual([false, true])
      expect([refreshOf(next), refreshOf(other)]).toEqual([first.refresh, second.refresh])
      for (const answer of [next, other]) expect(await isActive(accessOf(answer))).toBe(true)
      expect((await storing.refresh(client, first.refresh)).status).toBe(200)
      for (const calls of [storing, plain]) await calls.close()
      for (const one of [keptOn, keptOff]) await one.close()
    })
  })
})

describe('a stored refresh token of which nothing is left but its name', () => {
  it('ends a grant that has gone on without being stored when it comes again, and is nothing where its grant has not', async () => {
    const toml = '[oauth.token_cleanup]\nretain_access_tokens_for_auditing = false\n'
    const on = await startJeton({ engine: 'sqlite', toml: ON + toml })
    const off = await startJeton({ engine: 'sqlite', toml, beside: on })
    const [stored, unstored] = [await serveTokens(on), await serveTokens(off)]
    const client = await on.createClient({ scopes: 'read' })
    await off.runJob('poll')
    const pair = await stored.issue(client)
    const next = await unstored.refresh(client, pair.refresh)
    const last = await unstored.refresh(client, refreshOf(next))
    const { grantId } = { grantId: decodeJwt(pair.access).grant_id }
    const nothingLeft: JetonInProcess['stores']['storedTokens'] = { ...off.stores.storedTokens, findByRefreshToken: async () => undefined }
    const blind = await startJeton({ stores: { ...off.stores, storedTokens: nothingLeft } })
    const blindCalls = await serveTokens(blind)
    expect(isInvalidGrant(await blindCalls.refresh(client, refreshOf(await stored.refresh(client, refreshOf(last)))))).toBe(true)
    expect(await off.stores.grants.find(grantId as never)).toMatchObject({ revokedAt: undefined })
    expect(isInvalidGrant(await blindCalls.refresh(client, pair.refresh))).toBe(true)
    expect((await off.stores.grants.find(grantId as never))?.revokedAt).toBeDefined()
    expect(blind.log()).toContain('refresh_replayed')
    for (const calls of [stored, unstored, blindCalls]) await calls.close()
    for (const one of [blind, off, on]) await one.close()
  })
})
