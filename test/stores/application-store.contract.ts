import { CommandRefused } from '../../src/errors/operational-errors.js'
import type { Application } from '../../src/model/application.js'
import { applicationId, clientId, subject } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import type { ApplicationQuery } from '../../src/stores/application-store.js'
import { aClient, aKey, anApplication, aStoredToken, databaseTime, hash, type OpenedStores, type OpenStores, storeBeside } from './opened-stores.js'

const ALL: ApplicationQuery = { owner: undefined, name: undefined, sortBy: 'name', descending: false, offset: 0, limit: 100 }

/** What every ApplicationStore promises. */
export function applicationStoreContract(name: string, open: OpenStores): void {
  describe(`ApplicationStore (${name})`, () => {
    const id = applicationId('application-1')
    const refusal = (refused: Promise<unknown>) => refused.catch((error) => error)

    /** With two clients, each with a stored token. */
    async function openWithKeys(): Promise<OpenedStores> {
      const stores = await open()
      await stores.applications.create(anApplication())
      await stores.applications.addKey(id, aKey('client-2', 'SANDBOX'), aClient('client-2'))
      await stores.applications.addKey(id, aKey('client-1', 'PRODUCTION'), aClient('client-1'))
      await storeBeside(stores, aStoredToken(await databaseTime(stores)))
      return stores
    }

    it('gives back what was created, and keeps names apart by owner', async () => {
      const { applications } = await open()
      const attributes = new Map([
        ['Billing "Tier"', 'gold\\n'],
        ['__proto__', 'x'],
      ])
      const all: readonly Application[] = [
        anApplication('a', { attributes, description: 'Ünïcode\nand "quotes"', throttlingPolicy: '10PerMin' }),
        anApplication('b', { name: 'Name of a', owner: subject('owner-2'), tokenType: 'OAUTH' }),
        anApplication('c', { name: 'NAME OF A' }),
      ]
      for (const application of all) await applications.create(application)
      for (const application of all) expect(await applications.find(application.id)).toEqual(application)
      expect(await applications.find(applicationId('nobody'))).toBeUndefined()
    })

    it('refuses a name that its owner has given already, when it is created and when it is changed', async () => {
      const { applications } = await open()
      await applications.create(anApplication('a', { name: 'Shop' }))
      await applications.create(anApplication('b', { name: 'Store' }))
      for (const refused of [
        await refusal(applications.create(anApplication('c', { name: 'Shop' }))),
        await refusal(applications.update(applicationId('b'), { name: 'Shop', description: 'changed' })),
      ]) {
        expect(refused).toBeInstanceOf(CommandRefused)
        expect(refused).toMatchObject({ code: 'already_exists' })
      }
      expect(await applications.find(applicationId('c'))).toBeUndefined()
      expect(await applications.find(applicationId('b'))).toEqual(anApplication('b', { name: 'Store' }))
      expect(await applications.update(applicationId('a'), { name: 'Shop' })).toMatchObject({ name: 'Shop' })
    })

    it('lists those of an owner, those of a name, in order, in pages, with how many there are in all', async () => {
      const { applications } = await open()
      for (const each of ['c', 'a', 'b']) await applications.create(anApplication(each, { throttlingPolicy: each === 'a' ? 'z' : 'y' }))
      await applications.create(anApplication('d', { owner: subject('owner-2'), name: 'Name of a' }))
      const ids = async (query: Partial<ApplicationQuery>) => {
        const { applications: found, total } = await applications.list({ ...ALL, ...query })
        return [total, ...found.map((application) => application.id)]
      }
      expect(await ids({ owner: subject('owner-1') })).toEqual([3, 'a', 'b', 'c'])
      expect(await ids({ owner: subject('owner-1'), descending: true })).toEqual([3, 'c', 'b', 'a'])
      expect(await ids({ owner: subject('owner-1'), sortBy: 'throttlingPolicy' })).toEqual([3, 'b', 'c', 'a'])
      expect(await ids({ owner: subject('owner-1'), sortBy: 'status', offset: 1, limit: 1 })).toEqual([3, 'b'])
      expect(await ids({ name: 'Name of a' })).toEqual([2, 'a', 'd'])
      expect(await ids({ name: 'Name of a', owner: subject('owner-2') })).toEqual([1, 'd'])
      expect(await ids({ name: 'name of a' })).toEqual([0])
      expect(await ids({ offset: 4 })).toEqual([4])
    })

    it('creates a client as a key, of the kind of the application, with its lifetimes in force', async () => {
      const { applications, clients, heads } = await open()
      await applications.create(anApplication('application-1', { tokenType: 'OAUTH' }))
      const client = aClient('client-1', { owner: subject('owner-1'), lifetimes: { refreshToken: seconds(99) } })
      expect(await applications.addKey(id, aKey(), client)).toEqual({ ...client, tokenType: 'OAUTH' })
      expect(await clients.find(client.id)).toEqual({ ...client, tokenType: 'OAUTH' })
      expect(await applications.find(id)).toEqual(anApplication('application-1', { tokenType: 'OAUTH', keys: [aKey()] }))
      expect(await heads.read()).toMatchObject({ longestRefreshLifetime: 99 })
    })

    it('creates neither client nor key where it has a key of that type, and where there is no such application', async () => {
      const { applications, clients, heads } = await openWithKeys()
      const before = await heads.read()
      const refused = await refusal(applications.addKey(id, aKey('client-3'), aClient('client-3')))
      expect(refused).toBeInstanceOf(CommandRefused)
      expect(refused).toMatchObject({ code: 'already_exists' })
      expect(await applications.addKey(applicationId('nobody'), aKey('client-3'), aClient('client-3'))).toBeUndefined()
      expect(await refusal(applications.addKey(id, aKey('client-1', 'SANDBOX'), aClient('client-1')))).toMatchObject({ code: 'already_exists' })
      expect(await clients.find(clientId('client-3'))).toBeUndefined()
      expect((await applications.find(id))?.keys).toEqual([aKey('client-1', 'PRODUCTION'), aKey('client-2', 'SANDBOX')])
      expect((await heads.read()).clients).toBe(before.clients)
    })

    it('takes one of two keys of one type that are added at once', async () => {
      const { applications, clients } = await open()
      await applications.create(anApplication())
      const added = await Promise.all(['a', 'b', 'c'].map((each) => refusal(applications.addKey(id, aKey(each), aClient(each)))))
      expect(added.filter((one) => one instanceof CommandRefused)).toHaveLength(2)
      expect(await clients.list('', 9)).toHaveLength(1)
      expect((await applications.find(id))?.keys).toHaveLength(1)
    })

    it('changes what is named and nothing else', async () => {
      const { applications, heads } = await openWithKeys()
      const before = [await applications.find(id), await heads.read()] as const
      const change = { name: 'New', throttlingPolicy: 'Gold', description: 'd', attributes: new Map([['a', 'b']]) }
      const changed = await applications.update(id, change)
      expect(changed).toEqual({ ...before[0], ...change })
      expect(await applications.find(id)).toEqual(changed)
      expect((await heads.read()).clients).toBe(before[1].clients)
      expect(await applications.update(applicationId('nobody'), { name: 'x' })).toBeUndefined()
    })

    it('moves all its clients with it to the other kind of token, and revokes nothing', async () => {
      const { applications, clients, heads, revocations } = await openWithKeys()
      await clients.create(aClient('bystander'))
      const before = await heads.read()
      expect(await applications.update(id, { tokenType: 'OAUTH' })).toMatchObject({ tokenType: 'OAUTH' })
      expect((await clients.list('', 9)).map(({ tokenType }) => tokenType)).toEqual(['JWT', 'OAUTH', 'OAUTH'])
      expect((await heads.read()).clients).toBeGreaterThan(before.clients)
      expect(await revocations.since(0, 9)).toEqual([])
    })

    it('is moved with a client that is, and its other clients too', async () => {
      const { applications, clients } = await openWithKeys()
      expect(await clients.moveTo('OAUTH', [clientId('client-1')])).toBe(2)
      expect(await applications.find(id)).toMatchObject({ tokenType: 'OAUTH' })
      expect((await clients.list('', 9)).map(({ tokenType }) => tokenType)).toEqual(['OAUTH', 'OAUTH'])
    })

    it('loses the key of a client that is deleted, and may have another one of that type', async () => {
      const { applications, clients } = await openWithKeys()
      await clients.remove(clientId('client-1'))
      expect((await applications.find(id))?.keys).toEqual([aKey('client-2', 'SANDBOX')])
      expect(await applications.addKey(id, aKey('client-3'), aClient('client-3'))).toMatchObject({ id: 'client-3' })
    })

    it('is deleted with its clients and their stored tokens, and an open entry for each is written', async () => {
      const { applications, clients, storedTokens, revocations } = await openWithKeys()
      await clients.create(aClient('bystander'))
      const entries = await applications.remove(id)
      expect(entries).toMatchObject([
        { seq: 1, kind: 'client', id: 'client-1', cutoff: undefined },
        { seq: 2, kind: 'client', id: 'client-2', cutoff: undefined },
      ])
      expect(await revocations.since(0, 9)).toEqual(entries)
      expect(await applications.find(id)).toBeUndefined()
      expect((await clients.list('', 9)).map((client) => client.id)).toEqual(['bystander'])
      expect(await storedTokens.findByAccessToken(hash('access-1'))).toBeUndefined()
      expect(await applications.remove(id)).toBeUndefined()
    })

    it('is deleted without an entry where it has no keys', async () => {
      const { applications, revocations } = await open()
      await applications.create(anApplication())
      expect(await applications.remove(id)).toEqual([])
      expect(await revocations.since(0, 9)).toEqual([])
    })
  })
}
