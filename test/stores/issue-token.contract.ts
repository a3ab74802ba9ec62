import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { clientId, grantId, tokenId } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'
import type { IssueRule, StoredToken } from '../../src/stores/stored-token-store.js'
import {
  aClient,
  aStep,
  aStoredToken,
  databaseTime,
  hash,
  KEEP_AFTER_EXPIRY,
  type OpenedStores,
  type OpenStores,
  purgeRows,
  purgeTarget,
} from './opened-stores.js'

const REPLACE: IssueRule = { kind: 'replace' }
const NO_REFRESH = { refreshTokenHash: undefined, refreshIssuedAt: undefined, refreshExpiresAt: undefined }

interface Fixture {
  readonly stores: OpenedStores
  /** A token of a grant of its own, for the same client, subject and scopes. */
  make(id: string, changes?: Partial<StoredToken>): StoredToken
  stateOf(id: string): Promise<StoredToken['state'] | undefined>
}

async function openWithClient(open: OpenStores): Promise<Fixture> {
  const stores = await open()
  await stores.clients.create(aClient())
  const now = await databaseTime(stores)
  return {
    stores,
    make: (id, changes = {}) =>
      aStoredToken(now, {
        tokenId: tokenId(`token-${id}`),
        accessTokenHash: hash(`access-${id}`),
        refreshTokenHash: hash(`refresh-${id}`),
        grantId: grantId(`grant-${id}`),
        grantedScopes: ['write', 'read'],
        ...changes,
      }),
    stateOf: async (id) => (await stores.storedTokens.findByAccessToken(hash(`access-${id}`)))?.state,
  }
}

/** What StoredTokenStore.issue promises about tokens of the same client, subject and scopes. */
export function issueTokenContract(name: string, open: OpenStores): void {
  describe(`StoredTokenStore.issue (${name})`, () => {
    it('gives back whatever kind of token it has stored', async () => {
      const { stores, make } = await openWithClient(open)
      const clear = make('1', { inClear: { accessToken: 'jat_1', refreshToken: 'jrt_1' }, grantedAudience: ['https://a', 'https://b'] })
      const jwt = make('2', { format: 'jwt', scopes: ['read'], grantedScopes: ['read'], ...NO_REFRESH })
      for (const token of [clear, jwt]) expect(await stores.storedTokens.issue(token, REPLACE)).toEqual({ kind: 'issued', entries: [] })
      expect(await stores.storedTokens.findByAccessToken(hash('access-1'))).toEqual(clear)
      expect(await stores.storedTokens.findByAccessToken(hash('access-2'))).toEqual(jwt)
    })

    it('replaces the one of the same client, subject and scopes, in whatever order, and ends its grant', async () => {
      const { stores, make, stateOf } = await openWithClient(open)
      await stores.storedTokens.issue(make('1'), REPLACE)
      const outcome = await stores.storedTokens.issue(make('2', { scopes: ['read', 'write'] }), REPLACE)
      expect(outcome).toEqual({ kind: 'issued', entries: [] })
      expect([await stateOf('1'), await stateOf('2')]).toEqual(['REVOKED', 'ACTIVE'])
      expect(await stores.grants.judge(grantId('grant-1'), 0, aStep())).toBe('revoked')
      expect(await stores.grants.judge(grantId('grant-2'), 0, aStep())).toBe('current')
      expect(await stores.revocations.since(0, 10)).toEqual([])
    })

    it('leaves alone what differs in client, subject, its kind or scopes, and what stands beside', async () => {
      const { stores, make, stateOf } = await openWithClient(open)
      await stores.clients.create(aClient('client-2'))
      const others: readonly Partial<StoredToken>[] = [
        { clientId: clientId('client-2') },
        { subject: 'user-1' as StoredToken['subject'], username: 'anna', authorizedType: 'APPLICATION_USER' },
        { authorizedType: 'APPLICATION_USER' },
        { scopes: ['read'] },
        { scopes: [] },
      ]
      for (const [index, changes] of others.entries()) await stores.storedTokens.issue(make(`other-${index}`, changes), REPLACE)
      await stores.storedTokens.issue(make('beside'), { kind: 'beside' })
      await stores.storedTokens.issue(make('1'), REPLACE)
      expect(await Promise.all(['beside', ...others.keys()].map((key) => stateOf(key === 'beside' ? key : `other-${key}`)))).toEqual(
        Array.from({ length: 6 }, () => 'ACTIVE'),
      )
    })

    it('writes the entry of a JWT that is replaced into the log, of its id and until its own expiry, and nothing for one that has expired', async () => {
      const { stores, make, stateOf } = await openWithClient(open)
      const first = make('1', { format: 'jwt', ...NO_REFRESH })
      await stores.storedTokens.issue(first, REPLACE)
      const outcome = await stores.storedTokens.issue(
        make('2', { format: 'jwt', issuedAt: epochSeconds(1000), expiresAt: epochSeconds(2000) }),
        REPLACE,
      )
      const entry = { seq: 1, kind: 'token', id: 'token-1', cutoff: undefined, expires: first.expiresAt + KEEP_AFTER_EXPIRY, client: first.clientId }
      expect(outcome).toEqual({ kind: 'issued', entries: [entry] })
      expect(await stores.revocations.since(0, 10)).toEqual([entry])
      expect(await stores.storedTokens.issue(make('3', { format: 'jwt' }), REPLACE)).toEqual({ kind: 'issued', entries: [] })
      expect([await stateOf('1'), await stateOf('2'), await stateOf('3')]).toEqual(['REVOKED', 'EXPIRED', 'ACTIVE'])
      // One without a refresh token has no grant that could go on.
      expect(await stores.grants.find(grantId('grant-1'))).toBeUndefined()
      expect(await stores.grants.judge(grantId('grant-2'), 0, aStep())).toBe('revoked')
    })

    it('ends with the grant all that it has', async () => {
      const { stores, make, stateOf } = await openWithClient(open)
      await stores.storedTokens.issue(make('1', { format: 'jwt' }), REPLACE)
      const { generation, refreshIssuedAt, refreshExpiresAt, ...successor } = make('2', { format: 'jwt', grantId: grantId('grant-1') })
      await stores.storedTokens.replace(aStep({ grantId: grantId('grant-1') }), successor, 'only')
      const again = { ...successor, tokenId: tokenId('token-3'), accessTokenHash: hash('access-3') }
      expect((await stores.storedTokens.replace(aStep({ grantId: grantId('grant-1') }), again, 'only')).standing).toBe('grace')
      expect(await Promise.all(['1', '2', '3'].map(stateOf))).toEqual(['INACTIVE', 'ACTIVE', 'ACTIVE'])
      const outcome = await stores.storedTokens.issue(make('4', { format: 'jwt' }), REPLACE)
      expect(outcome).toMatchObject({
        entries: [
          { seq: 1, id: 'token-2' },
          { seq: 2, id: 'token-3' },
        ],
      })
      expect(await Promise.all(['2', '3', '4'].map(stateOf))).toEqual(['REVOKED', 'REVOKED', 'ACTIVE'])
    })

    it('gives the existing one back where that is asked for, unless it is the one that is excepted', async () => {
      const { stores, make, stateOf } = await openWithClient(open)
      const first = make('1', { inClear: { accessToken: 'jat_1', refreshToken: 'jrt_1' } })
      expect(await stores.storedTokens.issue(first, { kind: 'reuse', except: undefined })).toEqual({ kind: 'issued', entries: [] })
      expect(await stores.storedTokens.issue(make('2'), { kind: 'reuse', except: undefined })).toEqual({ kind: 'existing', token: first })
      expect(await stores.storedTokens.issue(make('2'), { kind: 'reuse', except: tokenId('token-0') })).toEqual({ kind: 'existing', token: first })
      expect(await stateOf('2')).toBeUndefined()
      expect(await stores.storedTokens.issue(make('2'), { kind: 'reuse', except: first.tokenId })).toEqual({ kind: 'issued', entries: [] })
      expect([await stateOf('1'), await stateOf('2')]).toEqual(['REVOKED', 'ACTIVE'])
    })

    it('gives a grant another access token in place of those it has, and takes nothing from another grant', async () => {
      const { stores, make, stateOf } = await openWithClient(open)
      await stores.storedTokens.issue(make('1'), REPLACE)
      await stores.storedTokens.issue(make('2'), { kind: 'renew' })
      expect([await stateOf('1'), await stateOf('2')]).toEqual(['ACTIVE', 'ACTIVE'])
      await stores.storedTokens.issue(make('3', { grantId: grantId('grant-1') }), { kind: 'renew' })
      expect(await Promise.all(['1', '2', '3'].map(stateOf))).toEqual(['INACTIVE', 'ACTIVE', 'ACTIVE'])
      await stores.storedTokens.issue(make('4'), REPLACE)
      expect(await Promise.all(['2', '3', '4'].map(stateOf))).toEqual(['ACTIVE', 'REVOKED', 'ACTIVE'])
    })

    it('lets a refresh stand beside, where another grant has the one place', async () => {
      const { stores, make, stateOf } = await openWithClient(open)
      await stores.storedTokens.issue(make('1'), REPLACE)
      const { generation, refreshIssuedAt, refreshExpiresAt, ...successor } = make('2')
      expect((await stores.storedTokens.replace(aStep({ grantId: grantId('grant-2') }), successor, 'only')).standing).toBe('current')
      expect([await stateOf('1'), await stateOf('2')]).toEqual(['ACTIVE', 'ACTIVE'])
    })

    it('leaves exactly one in the place, of 20 requests at once, and one entry for each other one', async () => {
      const { stores, make, stateOf } = await openWithClient(open)
      const ids = Array.from({ length: 20 }, (_, index) => `p${index}`)
      const outcomes = await Promise.all(ids.map((id) => stores.storedTokens.issue(make(id, { format: 'jwt' }), REPLACE)))
      const states = await Promise.all(ids.map(stateOf))
      expect([states.filter((state) => state === 'ACTIVE').length, states.filter((state) => state === 'REVOKED').length]).toEqual([1, 19])
      const entries = outcomes.flatMap((outcome) => (outcome.kind === 'issued' ? outcome.entries : []))
      const log = await stores.revocations.since(0, 100)
      expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 19 }, (_, index) => index + 1))
      expect([...entries].sort((one, other) => one.seq - other.seq)).toEqual(log)
    })

    it('gives 20 requests at once one token, where that may be reused', async () => {
      const { stores, make } = await openWithClient(open)
      const ids = Array.from({ length: 20 }, (_, index) => `p${index}`)
      const outcomes = await Promise.all(
        ids.map((id) =>
          stores.storedTokens.issue(make(id, { inClear: { accessToken: id, refreshToken: undefined } }), { kind: 'reuse', except: undefined }),
        ),
      )
      expect(outcomes.filter(({ kind }) => kind === 'issued')).toHaveLength(1)
      expect(new Set(outcomes.flatMap((outcome) => (outcome.kind === 'existing' ? [outcome.token.tokenId] : []))).size).toBe(1)
    })

    it('lets a refresh and a new grant meet: whoever is second, the old grant is over and one token stands', async () => {
      for (let round = 0; round < 5; round++) {
        const { stores, make, stateOf } = await openWithClient(open)
        await stores.storedTokens.issue(make('1', { format: 'jwt' }), REPLACE)
        const { generation, refreshIssuedAt, refreshExpiresAt, ...successor } = make('2', { format: 'jwt', grantId: grantId('grant-1') })
        await Promise.all([
          stores.storedTokens.replace(aStep({ grantId: grantId('grant-1') }), successor, 'only'),
          stores.storedTokens.issue(make('3', { format: 'jwt' }), REPLACE),
        ])
        // A refresh that came first has been replaced; one that came second found its grant revoked, or stands where the new one is not.
        expect(await stateOf('3')).toBe('ACTIVE')
        expect([undefined, 'REVOKED']).toContain(await stateOf('2'))
        expect(await stores.grants.judge(grantId('grant-1'), 1, aStep())).toBe('revoked')
      }
    })

    it('stores nothing and ends nothing for a client that is not there', async () => {
      const { stores, make, stateOf } = await openWithClient(open)
      for (const rule of [REPLACE, { kind: 'reuse', except: undefined }, { kind: 'renew' }, { kind: 'beside' }] as const) {
        await expect(stores.storedTokens.issue(make('1', { clientId: clientId('nobody') }), rule)).rejects.toBeInstanceOf(StoreUnavailable)
      }
      expect(await stateOf('1')).toBeUndefined()
    })

    it('keeps the grant that it ends for as long as a refresh token of it can be alive', async () => {
      const { stores, make } = await openWithClient(open)
      await stores.storedTokens.issue(make('1'), REPLACE)
      await stores.storedTokens.issue(make('2'), REPLACE)
      await stores.age(86_400 + KEEP_AFTER_EXPIRY - 30)
      expect(await purgeRows(purgeTarget(stores, 'grants'), 10)).toBe(0)
      await stores.age(60)
      expect(await purgeRows(purgeTarget(stores, 'grants'), 10)).toBe(1)
    })
  })
}
