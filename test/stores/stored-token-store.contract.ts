import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { clientId, grantId, subject, tokenId } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'
import type { StoredSuccessor, StoredToken } from '../../src/stores/stored-token-store.js'
import {
  aClient,
  aStep,
  aStoredToken,
  databaseTime,
  hash,
  named,
  type OpenedStores,
  type OpenStores,
  replaceBeside,
  storeBeside,
} from './opened-stores.js'

async function openWithClient(open: OpenStores): Promise<{ readonly stores: OpenedStores; readonly first: StoredToken }> {
  const stores = await open()
  await stores.clients.create(aClient())
  return { stores, first: aStoredToken(await databaseTime(stores)) }
}

function successorOf(token: StoredToken, id: string): StoredSuccessor {
  const { generation, refreshIssuedAt, refreshExpiresAt, ...rest } = token
  return { ...rest, tokenId: tokenId(`token-${id}`), accessTokenHash: hash(`access-${id}`), refreshTokenHash: hash(`refresh-${id}`) }
}

/** What every StoredTokenStore promises. */
export function storedTokenStoreContract(name: string, open: OpenStores): void {
  describe(`StoredTokenStore (${name})`, () => {
    it('gives back what was stored, by either token, whatever kind it is', async () => {
      const { stores, first } = await openWithClient(open)
      const user = aStoredToken(first.issuedAt, {
        tokenId: tokenId('token-2'),
        accessTokenHash: hash('access-2'),
        refreshTokenHash: undefined,
        refreshIssuedAt: undefined,
        refreshExpiresAt: undefined,
        subject: subject('user-1'),
        authorizedType: 'APPLICATION_USER',
        username: 'Zoë',
        grantType: 'password',
        scopes: [],
        grantedScopes: [],
        audience: ['https://a.example', 'urn:b c'],
        grantId: grantId('grant-2'),
        grantedAt: epochSeconds(first.issuedAt - 77),
      })
      await storeBeside(stores, first)
      await storeBeside(stores, user)
      expect(await stores.storedTokens.findByAccessToken(hash('access-1'))).toEqual(first)
      expect(await stores.storedTokens.findByRefreshToken(named('refresh-1'))).toEqual(first)
      expect(await stores.storedTokens.findByAccessToken(hash('access-2'))).toEqual(user)
    })

    it('gives no name to a user whose name was not known', async () => {
      const { stores, first } = await openWithClient(open)
      const user = aStoredToken(first.issuedAt, { subject: subject('user-1'), authorizedType: 'APPLICATION_USER', username: undefined })
      await storeBeside(stores, user)
      expect(await stores.storedTokens.findByAccessToken(hash('access-1'))).toEqual(user)
    })

    it('answers undefined for what is not there, and tells access from refresh tokens', async () => {
      const { stores, first } = await openWithClient(open)
      await storeBeside(stores, first)
      expect(await stores.storedTokens.findByAccessToken(hash('refresh-1'))).toBeUndefined()
      expect(await stores.storedTokens.findByRefreshToken({ ...named('access-1'), grantId: grantId('another') })).toBeUndefined()
      expect(await stores.storedTokens.findByAccessToken(hash('ACCESS-1'))).toBeUndefined()
    })

    it('stores many active tokens of one client, subject and scopes side by side', async () => {
      const { stores, first } = await openWithClient(open)
      await Promise.all(
        ['1', '2', '3'].map((id) =>
          storeBeside(stores, {
            ...first,
            tokenId: tokenId(`token-${id}`),
            accessTokenHash: hash(`access-${id}`),
            grantId: grantId(`g-${id}`),
          }),
        ),
      )
      for (const id of ['1', '2', '3']) expect((await stores.storedTokens.findByAccessToken(hash(`access-${id}`)))?.state).toBe('ACTIVE')
    })

    it('stores nothing for a client that is not there', async () => {
      const { stores, first } = await openWithClient(open)
      await expect(storeBeside(stores, { ...first, clientId: clientId('nobody') })).rejects.toBeInstanceOf(StoreUnavailable)
      expect(await stores.storedTokens.findByAccessToken(hash('access-1'))).toBeUndefined()
    })

    it('takes the step, turns the tokens of the grant inactive and stores the successor with the times of the row', async () => {
      const { stores, first } = await openWithClient(open)
      await storeBeside(stores, first)
      const outcome = await replaceBeside(stores, aStep(), successorOf(first, '2'))
      if (outcome.standing !== 'current') throw new Error(outcome.standing)
      expect(await stores.grants.find(grantId('grant-1'))).toEqual(outcome.row)
      expect((await stores.storedTokens.findByAccessToken(hash('access-1')))?.state).toBe('INACTIVE')
      expect(await stores.storedTokens.findByAccessToken(hash('access-2'))).toEqual({
        ...successorOf(first, '2'),
        generation: 1,
        refreshIssuedAt: outcome.row.rotatedAt,
        refreshExpiresAt: outcome.row.expiresAt,
      })
    })

    it('leaves tokens of other grants alone, and revoked ones revoked', async () => {
      const { stores, first } = await openWithClient(open)
      await storeBeside(stores, first)
      await storeBeside(stores, { ...first, tokenId: tokenId('other'), accessTokenHash: hash('other'), grantId: grantId('grant-2') })
      await stores.revocations.append([{ kind: 'token', id: tokenId('token-1'), expiresAt: undefined }])
      await replaceBeside(stores, aStep(), successorOf(first, '2'))
      expect((await stores.storedTokens.findByAccessToken(hash('access-1')))?.state).toBe('REVOKED')
      expect((await stores.storedTokens.findByAccessToken(hash('other')))?.state).toBe('ACTIVE')
    })

    it('adds a row for a repetition in the grace, and finds the newest row of one refresh token', async () => {
      const { stores, first } = await openWithClient(open)
      await storeBeside(stores, first)
      await replaceBeside(stores, aStep(), successorOf(first, '2'))
      const repeated = { ...successorOf(first, '3'), refreshTokenHash: hash('refresh-2') }
      expect((await replaceBeside(stores, aStep(), repeated)).standing).toBe('grace')
      expect((await stores.storedTokens.findByAccessToken(hash('access-2')))?.state).toBe('ACTIVE')
      expect((await stores.storedTokens.findByAccessToken(hash('access-3')))?.state).toBe('ACTIVE')
      expect((await stores.storedTokens.findByRefreshToken(named('refresh-2')))?.tokenId).toBe('token-3')
    })

    it('gives no refresh times to a successor without a refresh token', async () => {
      const { stores, first } = await openWithClient(open)
      await storeBeside(stores, first)
      await replaceBeside(stores, aStep(), { ...successorOf(first, '2'), refreshTokenHash: undefined })
      const found = await stores.storedTokens.findByAccessToken(hash('access-2'))
      expect(found).toMatchObject({ refreshTokenHash: undefined, refreshIssuedAt: undefined, refreshExpiresAt: undefined })
    })

    it('stores nothing for any other standing', async () => {
      const { stores, first } = await openWithClient(open)
      await storeBeside(stores, first)
      expect(await replaceBeside(stores, aStep({ from: 3 }), successorOf(first, '2'))).toEqual({ standing: 'ahead' })
      await stores.revocations.append([{ kind: 'grant', id: grantId('grant-1') }])
      expect(await replaceBeside(stores, aStep(), successorOf(first, '3'))).toEqual({ standing: 'revoked' })
      expect(await stores.storedTokens.findByAccessToken(hash('access-2'))).toBeUndefined()
      expect(await stores.storedTokens.findByAccessToken(hash('access-3'))).toBeUndefined()
    })

    it('takes no step when the successor cannot be stored', async () => {
      const { stores, first } = await openWithClient(open)
      await storeBeside(stores, first)
      const orphan = { ...successorOf(first, '2'), clientId: clientId('nobody') }
      await expect(replaceBeside(stores, aStep(), orphan)).rejects.toBeInstanceOf(StoreUnavailable)
      expect(await stores.grants.find(grantId('grant-1'))).toBeUndefined()
      expect((await stores.storedTokens.findByAccessToken(hash('access-1')))?.state).toBe('ACTIVE')
    })

    it('lets exactly one of 20 parallel replacements be current, with one row for each that was answered', async () => {
      const { stores, first } = await openWithClient(open)
      await storeBeside(stores, first)
      const ids = Array.from({ length: 20 }, (_, index) => `p${index}`)
      const outcomes = await Promise.all(ids.map((id) => replaceBeside(stores, aStep({ graceReuse: 3 }), successorOf(first, id))))
      const count = (standing: string) => outcomes.filter((outcome) => outcome.standing === standing).length
      expect([count('current'), count('grace'), count('exhausted')]).toEqual([1, 3, 16])
      const found = await Promise.all(ids.map((id) => stores.storedTokens.findByAccessToken(hash(`access-${id}`))))
      expect(found.filter((token) => token?.state === 'ACTIVE')).toHaveLength(4)
    })

    it('looks at no more rows than it may to count them, at those first that expire last, and says that there are more', async () => {
      const { stores, first } = await openWithClient(open)
      for (const place of [0, 1, 2]) {
        const own = {
          tokenId: tokenId(`t${place}`),
          accessTokenHash: hash(`a${place}`),
          refreshTokenHash: hash(`r${place}`),
          grantId: grantId(`g${place}`),
        }
        await storeBeside(stores, { ...first, ...own, refreshExpiresAt: epochSeconds((first.refreshExpiresAt ?? 0) + place) })
      }
      const lastExpiry = (first.refreshExpiresAt ?? 0) + 2
      expect((await stores.status.storedTokens(3))[0]).toEqual({ kind: 'opaque', alive: 3, lastExpiry })
      expect((await stores.status.storedTokens(1))[0]).toEqual({ kind: 'opaque', alive: 2, lastExpiry, atLeast: true })
      await stores.revocations.append([{ kind: 'grant', id: grantId('g2') }])
      expect((await stores.status.storedTokens(1))[0]).toEqual({ kind: 'opaque', alive: 1, lastExpiry: lastExpiry - 1, atLeast: true })
    })

    it('counts the stored tokens that are still good, and knows the last expiry', async () => {
      const { stores, first } = await openWithClient(open)
      const none = { alive: 0, lastExpiry: null }
      const alive = { alive: 1, lastExpiry: first.refreshExpiresAt }
      expect(await stores.status.storedTokens(100)).toEqual([
        { kind: 'opaque', ...none },
        { kind: 'jwt', ...none },
      ])
      await storeBeside(stores, first)
      await storeBeside(stores, { ...first, tokenId: tokenId('jwt'), format: 'jwt', accessTokenHash: hash('jwt'), grantId: grantId('grant-2') })
      expect(await stores.status.storedTokens(100)).toEqual([
        { kind: 'opaque', ...alive },
        { kind: 'jwt', ...alive },
      ])
      await stores.revocations.append([{ kind: 'grant', id: grantId('grant-1') }])
      expect(await stores.status.storedTokens(100)).toEqual([
        { kind: 'opaque', ...none },
        { kind: 'jwt', ...alive },
      ])
      expect([await stores.status.deadTokens(10), await stores.status.deadTokens(0)]).toEqual([1, 0])
    })
  })
}
