import { Overloaded, StoreUnavailable } from '../../../src/errors/operational-errors.js'
import { clientId, grantId, tokenId } from '../../../src/model/ids.js'
import { aClient, aStep, aStoredToken, databaseTime, hash, purgeRows, storeBeside } from '../../stores/opened-stores.js'
import type { OpenChanges, ServerDatabase } from './server-database.js'
import { type SlowProxy, startSlowProxy } from './slow-proxy.js'

/** How long a store may take to say that it cannot answer: for a connection, then for a statement. */
const SOON_MS = 6_000
const QUICK = { connectTimeoutMs: 500, statementTimeoutMs: 1_000 }

/** What a new connection begins with. */
const isFirst = (sql: string): boolean => sql.includes('SET time_zone')

/** What holds beyond the contracts of the stores where the database is a server. */
export function serverEngineContract(name: string, of: () => ServerDatabase): void {
  describe(`A server that does not answer (${name})`, () => {
    let proxy: SlowProxy
    const openThrough = async (changes: OpenChanges = {}) => of().open({ url: proxy.url, ...changes })
    beforeEach(async () => {
      await of().openStores()
      proxy = await startSlowProxy(of().url)
    })
    afterEach(async () => {
      proxy.flow()
      await of().closeAll()
      await proxy.close()
    })

    it('is StoreUnavailable in time, for statements and transactions, and answers again as soon as it does', async () => {
      const database = await openThrough()
      await database.heads.read()
      proxy.stall()
      const began = performance.now()
      const calls = [database.heads.read(), database.grants.advance(aStep()), database.revocations.append([{ kind: 'all' }]), database.keys.list()]
      for (const settled of await Promise.allSettled(calls))
        expect(settled).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
      expect(performance.now() - began).toBeLessThan(SOON_MS)
      proxy.flow()
      const [entry] = await database.revocations.append([{ kind: 'all' }])
      expect(await database.revocations.since((entry?.seq ?? 0) - 1, 10)).toEqual([entry])
    }, 20_000)

    it('is StoreUnavailable when all connections are broken, and soon there are new ones', async () => {
      const database = await openThrough()
      await Promise.all(Array.from({ length: 8 }, () => database.heads.read()))
      const cutOff = Promise.allSettled([database.revocations.append([{ kind: 'all' }]), database.grants.advance(aStep())])
      proxy.cut()
      for (const settled of await cutOff) if (settled.status === 'rejected') expect(settled.reason).toBeInstanceOf(StoreUnavailable)
      // A driver may hear of a broken connection only when it uses it.
      const read = async (): Promise<number> => {
        try {
          return (await database.heads.read()).epoch
        } catch (error) {
          expect(error).toBeInstanceOf(StoreUnavailable)
          return read()
        }
      }
      expect(await read()).toBeGreaterThan(0)
    }, 20_000)

    it('cannot be opened', async () => {
      proxy.stall()
      await expect(openThrough(QUICK)).rejects.toBeInstanceOf(StoreUnavailable)
    }, 20_000)

    it('ends a statement that takes too long, and so does not keep its locks', async () => {
      const engine = await of().openEngine({ statementTimeoutMs: 500 })
      const began = performance.now()
      const sleeping = engine.client.$queryRawUnsafe(
        engine.dialect.name === 'mysql' ? 'SELECT SLEEP(20) FROM JETON_HEAD' : 'SELECT 1 FROM pg_sleep(20)',
      )
      // MySQL's word for a SLEEP that was ended is an answer.
      await sleeping.catch((error: unknown) => expect(error).toBeInstanceOf(Error))
      expect(performance.now() - began).toBeLessThan(SOON_MS)
      await engine.close()
    }, 20_000)

    it('does not keep more callers waiting than it has connections, nor longer than for one', async () => {
      const database = await openThrough({ ...QUICK, poolSize: 2 })
      await of().sql('BEGIN')
      await of().sql('UPDATE JETON_HEAD SET SEQ = SEQ WHERE ID = 1')
      const began = performance.now()
      const settled = await Promise.allSettled(Array.from({ length: 10 }, () => database.revocations.append([{ kind: 'all' }])))
      await of().sql('ROLLBACK')
      expect(performance.now() - began).toBeLessThan(SOON_MS)
      for (const one of settled) expect(one).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
      expect(await database.revocations.append([{ kind: 'all' }])).toMatchObject([{ seq: 1 }])
    }, 20_000)
  })

  describe(`Transactions that meet (${name})`, () => {
    it('are done again where the database undoes one of two that wait for each other', async () => {
      const stores = await of().openStores()
      await stores.grants.advance(aStep())
      // Of two that wait for each other MySQL undoes the one that has changed less.
      // The first holds what the second waits for, and then wants what the second holds: the head.
      await of().sql('BEGIN')
      for (let node = 0; node < 50; node++) await of().sql(`INSERT INTO JETON_NODE VALUES ('n${node}', 0, 0, 0)`)
      await of().sql(`UPDATE JETON_GRANT SET GRACE_USES = GRACE_USES WHERE GRANT_ID = 'grant-1'`)
      const appended = stores.revocations.append([{ kind: 'grant', id: grantId('grant-1') }])
      await new Promise((resolve) => setTimeout(resolve, 300))
      await of().sql('UPDATE JETON_HEAD SET CLIENTS = CLIENTS WHERE ID = 1')
      await of().sql('ROLLBACK')
      const [entry] = await appended
      expect(entry?.seq).toBe(1)
      expect((await stores.heads.read()).seq).toBe(1)
    }, 20_000)

    it('are done again where one is a statement that stands alone', async () => {
      const stores = await of().openStores()
      await of().sql(`INSERT INTO JETON_NODE VALUES ('a', 0, 0, 0), ('b', 0, 0, 0)`)
      await of().sql('BEGIN')
      for (let grant = 0; grant < 50; grant++) await of().sql(`UPDATE JETON_HEAD SET CLIENTS = ${grant} WHERE ID = 1`)
      await of().sql(`UPDATE JETON_NODE SET SEQ = 1 WHERE NODE_ID = 'b'`)
      const announced = stores.nodes.announce('c', 1)
      await new Promise((resolve) => setTimeout(resolve, 300))
      await of().sql(`UPDATE JETON_NODE SET SEQ = 1 WHERE NODE_ID = 'a'`)
      await of().sql('COMMIT')
      await announced
      expect(await rows('SELECT NODE_ID FROM JETON_NODE')).toEqual([{ NODE_ID: 'c' }])
    }, 20_000)

    it('leave no change of one client out, of many that are made at once', async () => {
      const stores = await of().openStores()
      await stores.clients.create(aClient())
      const id = clientId('client-1')
      const changes = [{ name: 'New' }, { scopes: ['x'] }, { audiences: ['urn:y'] }, { grantTypes: ['password'] }]
      await Promise.all(changes.map((change) => stores.clients.update(id, change)))
      expect(await stores.clients.find(id)).toEqual(aClient('client-1', Object.assign({}, ...changes)))
    })
  })

  describe(`The tables (${name})`, () => {
    it('have every column of the models', async () => {
      await of().openStores()
      const engine = await of().openEngine()
      const {
        client,
        user,
        key,
        head,
        grant,
        revocation,
        lease,
        node,
        purgeRun,
        storedToken,
        storedTokenScope,
        storedTokenAudit,
        authorizationCode,
        sessionRow,
        temporarySessionRow,
        sessionOfUser,
        sessionApplication,
        sessionProperty,
        federatedSession,
        orphanedSession,
      } = engine.client
      const models = [
        client,
        user,
        key,
        head,
        grant,
        revocation,
        lease,
        node,
        purgeRun,
        storedToken,
        storedTokenScope,
        storedTokenAudit,
        authorizationCode,
        sessionRow,
        temporarySessionRow,
        sessionOfUser,
        sessionApplication,
        sessionProperty,
        federatedSession,
        orphanedSession,
      ]
      for (const model of models as readonly (typeof head)[]) await expect(model.findMany({ take: 1 })).resolves.toBeDefined()
      await engine.close()
    })

    it('are exact about case and spaces at the end', async () => {
      const stores = await of().openStores()
      await stores.clients.create(aClient('Client'))
      for (const id of ['client', 'CLIENT', 'Client ']) expect(await stores.clients.find(clientId(id))).toBeUndefined()
      await stores.grants.advance(aStep({ grantId: grantId('g') }))
      for (const id of ['G', 'g ']) expect(await stores.grants.find(grantId(id))).toBeUndefined()
      await storeBeside(stores, aStoredToken(await databaseTime(stores), { clientId: clientId('Client'), accessTokenHash: hash('ups') }))
      for (const value of ['UPS', 'ups ']) expect(await stores.storedTokens.findByAccessToken(hash(value))).toBeUndefined()
      await stores.revocations.append([{ kind: 'client', id: clientId('Client'), open: true }])
      const entries = await stores.revocations.append([{ kind: 'client', id: clientId('client '), open: false }])
      expect(entries[0]?.cutoff).toBeDefined()
    })

    it('refuse a value that is too long instead of cutting it off', async () => {
      const stores = await of().openStores()
      await expect(stores.clients.create(aClient('client-1', { name: 'x'.repeat(300) }))).rejects.toMatchObject({ code: 'too_long' })
      expect(await stores.clients.find(clientId('client-1'))).toBeUndefined()
    })

    it("hold what WSO2's own statements expect, in UTC", async () => {
      const stores = await of().openStores()
      await stores.clients.create(aClient('client-1', { redirectUris: ['https://a.example/cb?x', 'https://b.example'] }))
      const now = await databaseTime(stores)
      await storeBeside(stores, aStoredToken(now))
      const [app] = await rows('SELECT * FROM IDN_OAUTH_CONSUMER_APPS')
      expect(app).toMatchObject({ USERNAME: 'admin', TENANT_ID: -1234, USER_DOMAIN: 'PRIMARY', OAUTH_VERSION: 'OAuth-2.0', PKCE_MANDATORY: '0' })
      expect(app?.CALLBACK_URL).toBe('regexp=(https://a\\.example/cb\\?x|https://b\\.example)')
      const [token] = await rows('SELECT * FROM IDN_OAUTH2_ACCESS_TOKEN')
      expect(token).toMatchObject({ CONSUMER_KEY_ID: app?.ID, AUTHZ_USER: 'client-1', USER_TYPE: 'APPLICATION', TOKEN_STATE: 'ACTIVE', IDP_ID: -1 })
      expect([Number(token?.VALIDITY_PERIOD), Number(token?.REFRESH_TOKEN_VALIDITY_PERIOD)]).toEqual([3_600_000, 86_400_000])
      const [time] = await rows('SELECT CAST(TIME_CREATED AS CHAR(19)) AS WRITTEN FROM IDN_OAUTH2_ACCESS_TOKEN')
      expect(time?.WRITTEN).toBe(new Date(now * 1000).toISOString().slice(0, 19).replace('T', ' '))
    })

    it('take the rows of statements that know nothing of the columns that Jeton has added', async () => {
      const stores = await of().openStores()
      await of().sql(`INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, CONSUMER_SECRET, USERNAME, TENANT_ID, USER_DOMAIN, APP_NAME, OAUTH_VERSION, CALLBACK_URL, GRANT_TYPES)
        VALUES ('wso2', 's', 'admin', -1234, 'PRIMARY', 'App', 'OAuth-2.0', 'https://x.example', 'password refresh_token')`)
      await of().sql(`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN (TOKEN_ID, ACCESS_TOKEN, CONSUMER_KEY_ID, ACCESS_TOKEN_HASH, VALIDITY_PERIOD)
        SELECT 'w', 'a', ID, 'hash', 3600000 FROM IDN_OAUTH_CONSUMER_APPS`)
      expect(await stores.clients.find(clientId('wso2'))).toMatchObject({ name: 'App', grantTypes: ['password', 'refresh_token'], secretHash: 's' })
      expect(await stores.storedTokens.findByAccessToken(hash('hash'))).toBeUndefined()
      for (const target of stores.purgeTargets) expect(await purgeRows(target, 10)).toBe(0)
    })
  })

  describe(`The pool (${name})`, () => {
    it('has no more connections than it may, and refuses callers beyond its queue at once', async () => {
      await of().openStores()
      const database = await of().open({ poolSize: 2, connectTimeoutMs: 15_000 })
      const settled = await Promise.allSettled(Array.from({ length: 2_100 }, () => database.heads.read()))
      expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(100)
      for (const one of settled) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(Overloaded)
      expect(database.connections()?.open).toBeLessThanOrEqual(2)
      expect(database.connections()?.waiting).toBe(0)
    }, 20_000)
  })

  describe(`The statements at the driver (${name})`, () => {
    it('are one message for a step of a grant, for the heads and to find a token, and few for a batch of revocations', async () => {
      const statements: string[] = []
      await of().openStores()
      const database = await of().open({ onStatement: (sql) => void (isFirst(sql) || statements.push(sql)) })
      const count = async (work: () => Promise<unknown>): Promise<number> => {
        await work()
        statements.length = 0
        await work()
        return statements.length
      }
      let from = 0
      expect(await count(() => database.grants.advanceMany([aStep({ from: from++ })]))).toBe(1)
      let grant = 0
      expect(await count(() => database.grants.advanceMany([aStep({ grantId: grantId(`new-${grant++}`) })]))).toBe(1)
      expect(await count(() => database.heads.read())).toBe(1)
      expect(await count(() => database.storedTokens.findByAccessToken(hash('a')))).toBe(1)
      const batch = Array.from({ length: 300 }, (_, index) => ({ kind: 'grant', id: grantId(`g${index}`) }) as const)
      expect(await count(() => database.revocations.append(batch))).toBeLessThanOrEqual(8)
      expect(await count(() => database.revocations.append([{ kind: 'token', id: tokenId('t'), expiresAt: undefined }]))).toBeLessThanOrEqual(6)
    })
  })

  async function rows(statement: string): Promise<readonly Record<string, unknown>[]> {
    const found = await of().sql(statement)
    return found.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column.toUpperCase(), value])))
  }
}
