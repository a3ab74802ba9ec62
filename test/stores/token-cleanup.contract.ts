import { grantId, tokenId } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import type { IssueRule, StoredSuccessor, StoredToken, TokenCleanup } from '../../src/stores/stored-token-store.js'
import {
  aClient,
  aStep,
  aStoredToken,
  countRows,
  databaseTime,
  hash,
  KEEP_AFTER_EXPIRY,
  type OpenedStores,
  type OpenStores,
  purgeRows,
  purgeTarget,
} from './opened-stores.js'

const HOUR = 3600
const REPLACE: IssueRule = { kind: 'replace' }
const RETENTION = seconds(100 * HOUR)
const AUDIT: TokenCleanup = { kind: 'audit', retention: RETENTION }
const DELETE: TokenCleanup = { kind: 'delete' }
const OF_GRANT = { grantId: grantId('grant-1') }

interface Fixture {
  readonly stores: OpenedStores
  make(id: string, changes?: Partial<StoredToken>): StoredToken
  successor(id: string): StoredSuccessor
  /** Those of them that the table still has. */
  left(...ids: readonly string[]): Promise<readonly string[]>
  /** By a refresh token of the first grant. */
  known(refreshToken: string, generation?: number): Promise<StoredToken | undefined>
  /** How many rows the audit will have to give up. */
  audited(): Promise<number>
}

async function openWith(open: OpenStores, cleanup: TokenCleanup): Promise<Fixture> {
  const stores = await open({ cleanup })
  await stores.clients.create(aClient())
  const now = await databaseTime(stores)
  const make: Fixture['make'] = (id, changes = {}) =>
    aStoredToken(now, { tokenId: tokenId(id), accessTokenHash: hash(`access-${id}`), refreshTokenHash: hash(`refresh-${id}`), ...changes })
  return {
    stores,
    make,
    successor: (id) => {
      const { generation, refreshIssuedAt, refreshExpiresAt, ...successor } = make(id)
      return successor
    },
    left: async (...ids) => {
      const found = await Promise.all(ids.map((id) => stores.storedTokens.findByAccessToken(hash(`access-${id}`))))
      return found.flatMap((token) => (token === undefined ? [] : [`${token.tokenId} ${token.state}`]))
    },
    known: (refreshToken, generation = 0) => stores.storedTokens.findByRefreshToken({ hash: hash(refreshToken), generation, ...OF_GRANT }),
    audited: async () => {
      await stores.age(RETENTION + 60)
      return countRows(purgeTarget(stores, 'audit'))
    },
  }
}

/** What becomes of tokens that leave ACTIVE. */
export function tokenCleanupContract(name: string, open: OpenStores): void {
  describe(`clean-up of stored tokens (${name})`, () => {
    it.each([AUDIT, DELETE])('with $kind: a replaced one leaves the table', async (cleanup) => {
      const { stores, make, left, audited } = await openWith(open, cleanup)
      await stores.storedTokens.issue(make('1'), REPLACE)
      await stores.storedTokens.issue(make('2', { grantId: grantId('grant-2') }), REPLACE)
      expect(await left('1', '2')).toEqual(['2 ACTIVE'])
      expect(await audited()).toBe(cleanup === AUDIT ? 1 : 0)
    })

    it.each([AUDIT, DELETE])('with $kind: a refreshed one leaves the table, and its refresh token still tells its grant', async (cleanup) => {
      const { stores, make, successor, left, known, audited } = await openWith(open, cleanup)
      await stores.storedTokens.issue(make('1'), REPLACE)
      await stores.storedTokens.replace(aStep(), successor('2'), 'only')
      expect(await left('1', '2')).toEqual(['2 ACTIVE'])
      expect(await known('refresh-1')).toMatchObject({ clientId: 'client-1', grantedScopes: ['write', 'read', 'admin'], grantId: 'grant-1' })
      expect((await stores.storedTokens.replace(aStep(), successor('3'), 'only')).standing).toBe('grace')
      await stores.storedTokens.replace(aStep({ from: 1 }), successor('4'), 'only')
      expect(await left('1', '2', '3', '4')).toEqual(['4 ACTIVE'])
      expect((await known('refresh-1'))?.tokenId).toBe(cleanup === AUDIT ? '1' : '4')
      expect(await audited()).toBe(cleanup === AUDIT ? 3 : 0)
    })

    it.each([AUDIT, DELETE])('with $kind: a revoked grant takes its tokens out of the table', async (cleanup) => {
      const { stores, make, left, audited } = await openWith(open, cleanup)
      await stores.storedTokens.issue(make('1'), { kind: 'beside' })
      await stores.storedTokens.issue(make('2'), { kind: 'beside' })
      await stores.storedTokens.issue(make('3', { grantId: grantId('grant-2') }), { kind: 'beside' })
      await stores.revocations.append([{ kind: 'grant', id: grantId('grant-1') }])
      expect(await left('1', '2', '3')).toEqual(['3 ACTIVE'])
      expect(await audited()).toBe(cleanup === AUDIT ? 2 : 0)
    })

    it.each([AUDIT, DELETE])('with $kind: the refresh token beside an access token that was revoked alone can still be spent', async (cleanup) => {
      const { stores, make, successor, left, known, audited } = await openWith(open, cleanup)
      await stores.storedTokens.issue(make('1'), REPLACE)
      await stores.storedTokens.issue(
        make('2', { refreshTokenHash: undefined, refreshIssuedAt: undefined, refreshExpiresAt: undefined, scopes: [] }),
        REPLACE,
      )
      await stores.revocations.append(['1', '2'].map((id) => ({ kind: 'token', id: tokenId(id), expiresAt: undefined })))
      expect(await left('1', '2')).toEqual(cleanup === AUDIT ? [] : ['1 REVOKED'])
      expect(await known('refresh-1')).toMatchObject({ tokenId: '1', state: 'REVOKED', refreshExpiresAt: make('1').refreshExpiresAt })
      expect((await stores.storedTokens.replace(aStep(), successor('3'), 'only')).standing).toBe('current')
      expect(await left('1', '2', '3')).toEqual(['3 ACTIVE'])
      expect(await audited()).toBe(cleanup === AUDIT ? 2 : 0)
    })

    it.each([AUDIT, DELETE])(
      'with $kind: one whose successor is not stored can be found by its refresh token until that has expired',
      async (cleanup) => {
        const { stores, make, left, known, audited } = await openWith(open, cleanup)
        await stores.storedTokens.issue(make('1'), REPLACE)
        const outcome = await stores.storedTokens.replace(aStep(), undefined, 'beside')
        expect(outcome).toMatchObject({ standing: 'current', row: { generation: 1 } })
        expect(await left('1')).toEqual(cleanup === AUDIT ? [] : ['1 INACTIVE'])
        expect(await known('refresh-1')).toMatchObject({ tokenId: '1', state: 'INACTIVE' })
        expect((await stores.storedTokens.replace(aStep(), undefined, 'beside')).standing).toBe('grace')
        await stores.age(24 * HOUR + KEEP_AFTER_EXPIRY + 30)
        expect(await purgeRows(purgeTarget(stores, 'tokens'), 10)).toBe(cleanup === AUDIT ? 0 : 1)
        expect(await left('1')).toEqual([])
        expect(await audited()).toBe(cleanup === AUDIT ? 1 : 0)
      },
    )

    it('does nothing to a step that is refused', async () => {
      const { stores, make, successor, left, audited } = await openWith(open, AUDIT)
      await stores.storedTokens.issue(make('1'), REPLACE)
      expect((await stores.storedTokens.replace(aStep({ from: 7 }), successor('2'), 'only')).standing).toBe('ahead')
      expect(await left('1', '2')).toEqual(['1 ACTIVE'])
      expect(await audited()).toBe(0)
    })

    it('takes tokens to the audit that just time out, and from there when their retention is over', async () => {
      const { stores, make, left } = await openWith(open, AUDIT)
      for (const id of ['1', '2', '3']) await stores.storedTokens.issue(make(id), { kind: 'beside' })
      const [tokens, audit] = [purgeTarget(stores, 'tokens'), purgeTarget(stores, 'audit')]
      await stores.age(24 * HOUR + KEEP_AFTER_EXPIRY - 30)
      expect([await purgeRows(tokens, 10), await left('1', '2', '3')]).toEqual([0, ['1 ACTIVE', '2 ACTIVE', '3 ACTIVE']])
      await stores.age(60)
      expect([await countRows(tokens), await purgeRows(tokens, 2), await purgeRows(tokens, 2)]).toEqual([3, 2, 1])
      expect(await left('1', '2', '3')).toEqual([])
      expect(await purgeRows(audit, 10)).toBe(0)
      await stores.age(RETENTION + 30)
      expect([await countRows(audit), await purgeRows(audit, 2), await purgeRows(audit, 2), await countRows(audit)]).toEqual([3, 2, 1, 0])
    })

    it('knows nothing of a refresh token whose grant has left no trace', async () => {
      const { stores, make, known } = await openWith(open, DELETE)
      await stores.storedTokens.issue(make('1'), REPLACE)
      await stores.revocations.append([{ kind: 'grant', id: grantId('grant-1') }])
      expect(await known('refresh-1')).toBeUndefined()
    })

    it('takes what is dead and has not expired to the audit on request, and leaves what lives', async () => {
      const { stores, make, left, audited } = await openWith(open, AUDIT)
      const dead = ['a', 'b', 'c', 'd'].map((id) => make(id, { state: id === 'a' ? 'INACTIVE' : 'REVOKED', grantId: grantId(`grant-${id}`) }))
      for (const token of [...dead, make('1'), make('z')]) await stores.storedTokens.issue(token, { kind: 'beside' })
      const target = purgeTarget(stores, 'dead tokens')
      expect([await stores.status.deadTokens(10), await countRows(target), target.onRequestOnly]).toEqual([4, 4, true])
      expect([await purgeRows(target, 3), await purgeRows(target, 3), await purgeRows(target, 3)]).toEqual([3, 1, 0])
      expect(await left('1', 'a', 'b', 'c', 'd', 'z')).toEqual(['1 ACTIVE', 'z ACTIVE'])
      expect([await stores.status.deadTokens(10), await countRows(target)]).toEqual([0, 0])
      expect(await audited()).toBe(4)
    })

    it('leaves what is dead where no audit is kept: nothing else knows its refresh token', async () => {
      const { stores, make, left } = await openWith(open, DELETE)
      await stores.storedTokens.issue(make('1', { state: 'INACTIVE' }), { kind: 'beside' })
      for (const target of stores.purgeTargets) expect(await purgeRows(target, 10)).toBe(0)
      expect(await left('1')).toEqual(['1 INACTIVE'])
    })

    it('collects what was left behind while it was off with the next event of the grant', async () => {
      const { stores, make, successor, left } = await openWith(open, DELETE)
      await stores.storedTokens.issue(make('1'), REPLACE)
      await stores.storedTokens.replace(aStep(), undefined, 'beside')
      expect(await left('1')).toEqual(['1 INACTIVE'])
      await stores.storedTokens.replace(aStep({ from: 1 }), successor('2'), 'only')
      expect(await left('1', '2')).toEqual(['2 ACTIVE'])
    })
  })
}
