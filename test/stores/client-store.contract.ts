import { CommandRefused } from '../../src/errors/operational-errors.js'
import type { SecretHash } from '../../src/model/client.js'
import { LONGEST_LIFETIME } from '../../src/model/client.js'
import { clientId, subject } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import type { ClientChange } from '../../src/stores/client-store.js'
import { aClient, aStoredToken, databaseTime, hash, MAX_CLOCK_SKEW, type OpenStores, storeBeside } from './opened-stores.js'

/** What every ClientStore promises. */
export function clientStoreContract(name: string, open: OpenStores): void {
  describe(`ClientStore (${name})`, () => {
    const id = clientId('client-1')

    it('gives back what was created, whatever kind of client it is', async () => {
      const { clients } = await open()
      const all = [
        aClient('a', { redirectUris: [], audiences: [], scopes: [], grantTypes: [], secretHash: undefined }),
        aClient('b', { tokenType: 'OAUTH', state: 'disabled', name: 'Ünïcode "quoted"' }),
        aClient('d', { owner: subject('user-1'), lifetimes: { userAccessToken: seconds(60), refreshToken: seconds(7200) } }),
        aClient('c', { redirectUris: ['https://a.example/cb?x=(1|2)', 'com.example.app:/cb\\*', 'https://b.example/^$[]{}+.'] }),
      ]
      for (const client of all) await clients.create(client)
      for (const client of all) expect(await clients.find(client.id)).toEqual(client)
      expect(await clients.find(clientId('nobody'))).toBeUndefined()
    })

    it('lists by id, after an id, at most so many', async () => {
      const { clients } = await open()
      for (const each of ['c', 'a', 'd', 'b']) await clients.create(aClient(each))
      expect((await clients.list('', 3)).map((client) => client.id)).toEqual(['a', 'b', 'c'])
      expect((await clients.list('c', 3)).map((client) => client.id)).toEqual(['d'])
    })

    it('says whether there is any client yet', async () => {
      const { clients } = await open()
      expect(await clients.isEmpty()).toBe(true)
      await clients.create(aClient())
      expect(await clients.isEmpty()).toBe(false)
    })

    it('refuses an id that is taken and leaves the one who has it alone', async () => {
      const { clients, heads } = await open()
      await clients.create(aClient())
      const { clients: version } = await heads.read()
      const refused = await clients.create(aClient('client-1', { name: 'other' })).catch((error) => error)
      expect(refused).toBeInstanceOf(CommandRefused)
      expect(refused).toMatchObject({ code: 'already_exists' })
      expect(await clients.find(id)).toEqual(aClient())
      expect((await heads.read()).clients).toBe(version)
    })

    it('changes what is named and nothing else, without an entry where nothing is taken away', async () => {
      const { clients, revocations } = await open()
      await clients.create(aClient())
      await clients.create(aClient('client-2'))
      const changed = await clients.update(id, { name: 'New', scopes: ['write', 'x', 'read'] })
      expect(changed).toEqual({ record: aClient('client-1', { name: 'New', scopes: ['write', 'x', 'read'] }), entry: undefined })
      expect(await clients.find(id)).toEqual(changed?.record)
      expect(await clients.find(clientId('client-2'))).toEqual(aClient('client-2'))
      expect(await revocations.since(0, 10)).toEqual([])
    })

    it('changes every field that may change', async () => {
      const { clients } = await open()
      await clients.create(aClient())
      const change = {
        name: 'n',
        grantTypes: ['password'],
        scopes: ['s'],
        audiences: ['urn:y'],
        redirectUris: ['https://x.example', 'https://y.example'],
        state: 'disabled',
        secretHash: 'h' as SecretHash,
        lifetimes: { applicationAccessToken: seconds(10) },
      } as const
      await clients.update(id, change)
      expect(await clients.find(id)).toEqual({ ...aClient(), ...change })
    })

    it.each<[string, ClientChange]>([
      ['a scope', { scopes: ['read'] }],
      ['a grant type', { grantTypes: ['refresh_token', 'password'] }],
      ['an audience', { audiences: ['urn:x'] }],
      ['a redirect URI', { redirectUris: ['https://app.example/other'] }],
      ['the old secret', { secretHash: 'h' as SecretHash }],
    ])('writes the entry with a cut-off together with a change that takes away %s', async (_, change) => {
      const stores = await open()
      await stores.clients.create(aClient())
      const now = await databaseTime(stores)
      const changed = await stores.clients.update(id, change)
      expect(changed?.entry).toMatchObject({ seq: 1, kind: 'client', id })
      expect(changed?.entry?.cutoff).toBeGreaterThanOrEqual(now + MAX_CLOCK_SKEW)
      expect(await stores.revocations.since(0, 10)).toEqual([changed?.entry])
    })

    it('writes an open entry when a client is disabled, and one whose cut-off is that moment when it is enabled', async () => {
      const stores = await open()
      await stores.clients.create(aClient())
      const disabled = await stores.clients.update(id, { state: 'disabled' })
      expect(disabled?.entry).toMatchObject({ seq: 1, kind: 'client', id, cutoff: undefined })
      const cutOff = await stores.clients.update(id, { scopes: [] })
      expect(cutOff?.entry).toMatchObject({ seq: 2, cutoff: undefined })
      const now = await databaseTime(stores)
      const enabled = await stores.clients.update(id, { state: 'active' })
      expect(enabled?.entry?.seq).toBe(3)
      expect(enabled?.entry?.cutoff).toBeGreaterThanOrEqual(now + MAX_CLOCK_SKEW)
    })

    it('writes no entry for a state that the client is in already', async () => {
      const { clients } = await open()
      await clients.create(aClient())
      expect((await clients.update(id, { state: 'active' }))?.entry).toBeUndefined()
    })

    it('judges each of many changes at once on what the one before it has left', async () => {
      const { clients, revocations } = await open()
      await clients.create(aClient('client-1', { scopes: [] }))
      const changes = Array.from({ length: 8 }, (_, index) => ({ scopes: [`s${index}`] }))
      const changed = await Promise.all(changes.map((change) => clients.update(id, change)))
      expect(changed.map((each) => each?.record.scopes)).toEqual(changes.map(({ scopes }) => scopes))
      expect(changed.filter((each) => each?.entry === undefined)).toHaveLength(1)
      expect(await revocations.since(0, 100)).toHaveLength(7)
    })

    it('answers undefined for a client that is not there, and writes nothing', async () => {
      const { clients, heads } = await open()
      const before = await heads.read()
      expect(await clients.update(id, { state: 'disabled' })).toBeUndefined()
      expect(await clients.remove(id)).toBeUndefined()
      expect(await heads.read()).toMatchObject({ seq: 0, clients: before.clients })
    })

    it('deletes a client with its stored tokens and writes an open entry', async () => {
      const stores = await open()
      await stores.clients.create(aClient())
      await storeBeside(stores, aStoredToken(await databaseTime(stores)))
      const entry = await stores.clients.remove(id)
      expect(entry).toMatchObject({ seq: 1, kind: 'client', id, cutoff: undefined })
      expect(await stores.clients.find(id)).toBeUndefined()
      expect(await stores.storedTokens.findByAccessToken(hash('access-1'))).toBeUndefined()
      expect(await stores.revocations.since(0, 10)).toEqual([entry])
    })

    it('has lifetimes recorded as in force by the verb that sets them, and never takes them back', async () => {
      const { clients, heads } = await open()
      await clients.create(aClient('client-1', { lifetimes: { userAccessToken: seconds(70), refreshToken: seconds(500) } }))
      expect(await heads.read()).toMatchObject({ longestAccessLifetime: 70, longestRefreshLifetime: 500 })
      await clients.update(id, { lifetimes: { applicationAccessToken: LONGEST_LIFETIME } })
      expect(await heads.read()).toMatchObject({ longestAccessLifetime: LONGEST_LIFETIME, longestRefreshLifetime: 500 })
      expect(await clients.find(id)).toEqual(aClient('client-1', { lifetimes: { applicationAccessToken: LONGEST_LIFETIME } }))
      await clients.update(id, { name: 'x' })
      expect((await clients.find(id))?.lifetimes).toEqual({ applicationAccessToken: LONGEST_LIFETIME })
      await clients.update(id, { lifetimes: {} })
      expect((await clients.find(id))?.lifetimes ?? {}).toEqual({})
      expect(await heads.read()).toMatchObject({ longestAccessLifetime: LONGEST_LIFETIME, longestRefreshLifetime: 500 })
    })

    it('moves those that are named to the other kind of token, writes no entry, and says how many there were', async () => {
      const { clients, heads, revocations } = await open()
      for (const each of ['a', 'b', 'c']) await clients.create(aClient(each, { tokenType: each === 'b' ? 'JWT' : 'OAUTH' }))
      const before = await heads.read()
      expect(await clients.moveTo('JWT', ['a', 'b', 'nobody'].map(clientId))).toBe(1)
      expect((await clients.list('', 9)).map(({ tokenType }) => tokenType)).toEqual(['JWT', 'JWT', 'OAUTH'])
      expect((await heads.read()).clients).toBeGreaterThan(before.clients)
      expect(await clients.moveTo('JWT', ['a', 'b'].map(clientId))).toBe(0)
      expect(await clients.moveTo('JWT', [])).toBe(0)
      expect(await revocations.since(0, 10)).toEqual([])
    })

    it('raises the counter of clients with every change, and no other', async () => {
      const { clients, heads } = await open()
      const before = await heads.read()
      await clients.create(aClient())
      await clients.update(id, { name: 'x' })
      await clients.remove(id)
      expect(await heads.read()).toMatchObject({ clients: before.clients + 3, users: before.users, keys: before.keys })
    })
  })
}
