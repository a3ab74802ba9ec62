import { CommandRefused } from '../../src/errors/operational-errors.js'
import { clientId, grantId, keyId, subject, tokenId, userId } from '../../src/model/ids.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { type DoomedRows, totalOf } from '../../src/stores/purge-target.js'
import type { NewRevocation } from '../../src/stores/revocation-log.js'
import { toldRows } from '../purge/told-rows.js'
import {
  aClient,
  aStep,
  aStoredToken,
  countRows,
  databaseTime,
  hash,
  KEEP_AFTER_EXPIRY,
  type OpenStores,
  purgeRows,
  purgeTarget,
  storeBeside,
} from './opened-stores.js'

const HOUR = 3600
const soon = (id: string): NewRevocation => ({ kind: 'token', id: tokenId(id), expiresAt: epochSeconds(1) })

/** What the PurgeTargets promise. */
export function purgeTargetsContract(name: string, open: OpenStores): void {
  describe(`PurgeTargets (${name})`, () => {
    it('can tell whether others write, where the database counts transactions', async () => {
      const stores = await open()
      const before = await stores.status.commits()
      await stores.revocations.append([{ kind: 'token', id: tokenId('one'), expiresAt: undefined }])
      await stores.revocations.append([{ kind: 'token', id: tokenId('two'), expiresAt: undefined }])
      const after = await stores.status.commits()
      if (['postgresql', 'mysql'].includes(stores.status.engine)) expect(Number(after) - Number(before)).toBeGreaterThanOrEqual(2)
      else expect([before, after]).toEqual([undefined, undefined])
    })

    it('delete grants after purge_after, no more than they are told to, and none before', async () => {
      const stores = await open()
      const target = purgeTarget(stores, 'grants')
      const lifetime = seconds(100)
      for (const id of ['a', 'b', 'c']) {
        await stores.grants.advance(aStep({ grantId: grantId(id), lifetime, presentedExpiresAt: epochSeconds(1) }))
      }
      await stores.grants.advance(aStep({ grantId: grantId('alive'), lifetime: seconds(10_000) }))
      await stores.age(100 + 25 + KEEP_AFTER_EXPIRY - 30)
      expect([await countRows(target), await purgeRows(target, 10)]).toEqual([0, 0])
      await stores.age(60)
      expect([await countRows(target), await purgeRows(target, 2), await purgeRows(target, 2), await countRows(target)]).toEqual([3, 2, 1, 0])
      expect(await stores.grants.find(grantId('a'))).toBeUndefined()
      expect(await stores.grants.find(grantId('alive'))).toBeDefined()
    })

    describe('as a run', () => {
      const NEEDS = { limit: 2, after: null, safePeriod: seconds(7200) }
      const MINUTE = seconds(60)

      /** Three grants that may go. */
      async function openExpired() {
        const stores = await open()
        for (const id of ['a', 'b', 'c']) {
          await stores.grants.advance(aStep({ grantId: grantId(id), lifetime: seconds(100), presentedExpiresAt: epochSeconds(1) }))
        }
        await stores.age(HOUR)
        const lease = await stores.leases.take('purge', 'me', MINUTE)
        if (lease === undefined) throw new Error('no lease')
        return { stores, target: purgeTarget(stores, 'grants'), lease }
      }

      it('tell of every row before it goes', async () => {
        const { target } = await openExpired()
        const told: DoomedRows[] = []
        const keep = async (rows: readonly DoomedRows[]) => void told.push(...rows)
        expect((await target.deleteBatch({ ...NEEDS, limit: 10, keep })).deleted).toEqual({ expired: 3 })
        expect(
          toldRows(told)
            .map(({ values }) => values.GRANT_ID ?? values.grantId)
            .sort(),
        ).toEqual(['a', 'b', 'c'])
        await target.deleteBatch({ ...NEEDS, keep })
        expect(toldRows(told)).toHaveLength(3)
      })

      it('leave everything as it was when who is told of them cannot keep them', async () => {
        const { stores, target, lease } = await openExpired()
        const keep = () => Promise.reject(new CommandRefused('disk_full', 'no'))
        await expect(target.deleteBatch({ ...NEEDS, lease, keep })).rejects.toMatchObject({ code: 'disk_full' })
        expect(await countRows(target)).toBe(3)
        expect(await stores.purgeRuns.place('grants')).toBeNull()
      })

      it('remember where a batch ended, and forget it at the end', async () => {
        const { stores, target, lease } = await openExpired()
        expect((await target.deleteBatch({ ...NEEDS, lease })).after).not.toBeNull()
        expect(await stores.purgeRuns.place('grants')).not.toBeNull()
        expect((await target.deleteBatch({ ...NEEDS, lease })).after).toBeNull()
        expect(await stores.purgeRuns.place('grants')).toBeNull()
      })

      it('delete nothing once the lease is lost, be it to another run or to time', async () => {
        const { stores, target, lease } = await openExpired()
        await stores.age(61)
        await expect(target.deleteBatch({ ...NEEDS, lease })).rejects.toMatchObject({ code: 'purge_superseded' })
        const other = await stores.leases.take('purge', 'other', MINUTE)
        await expect(target.deleteBatch({ ...NEEDS, lease })).rejects.toMatchObject({ code: 'purge_superseded' })
        expect(await countRows(target)).toBe(3)
        expect(totalOf((await target.deleteBatch({ ...NEEDS, ...(other && { lease: other }) })).deleted)).toBe(2)
      })

      it('say for how long the first row has been waiting', async () => {
        const { stores, target } = await openExpired()
        const lag = async () => target.lag?.({ safePeriod: seconds(0) })
        const before = await lag()
        if (before === undefined) return
        expect(before).toBeGreaterThan(HOUR - 100 - 25 - KEEP_AFTER_EXPIRY - 60)
        expect(before).toBeLessThan(HOUR)
        await purgeRows(target, 10)
        expect(await lag()).toBe(0)
        await stores.close()
      })
    })

    it('delete stored tokens once access and refresh token have been expired for long enough', async () => {
      const stores = await open()
      const target = purgeTarget(stores, 'tokens')
      await stores.clients.create(aClient())
      const now = await databaseTime(stores)
      await storeBeside(stores, aStoredToken(now))
      const short = { refreshTokenHash: undefined, refreshIssuedAt: undefined, refreshExpiresAt: undefined }
      await storeBeside(stores, aStoredToken(now, { ...short, tokenId: tokenId('token-2'), accessTokenHash: hash('access-2') }))
      await stores.age(HOUR + KEEP_AFTER_EXPIRY + 10)
      expect([await countRows(target), await purgeRows(target, 10)]).toEqual([1, 1])
      expect(await stores.storedTokens.findByAccessToken(hash('access-2'))).toBeUndefined()
      expect(await stores.storedTokens.findByAccessToken(hash('access-1'))).toBeDefined()
      await stores.age(23 * HOUR)
      expect(await purgeRows(target, 10)).toBe(1)
      expect(await stores.storedTokens.findByAccessToken(hash('access-1'))).toBeUndefined()
    })

    it('keep the newest hour of the log whole, also what has expired', async () => {
      const stores = await open()
      const target = purgeTarget(stores, 'revocations')
      await stores.revocations.append([soon('a')])
      await stores.age(HOUR - 30)
      expect([await countRows(target), await purgeRows(target, 10)]).toEqual([0, 0])
      expect(await stores.heads.read()).toMatchObject({ seq: 1, trimmedTo: 0 })
      expect(await stores.revocations.since(0, 10)).toHaveLength(1)
    })

    it('say up to where entries may be missing, and the next entry goes on from the head', async () => {
      const stores = await open()
      const target = purgeTarget(stores, 'revocations')
      await stores.revocations.append([soon('a'), { kind: 'key', id: keyId('k') }, soon('b')])
      await stores.age(HOUR + 30)
      await stores.revocations.append([soon('c')])
      expect([await countRows(target), await purgeRows(target, 1), await purgeRows(target, 10)]).toEqual([2, 1, 1])
      expect(await stores.heads.read()).toMatchObject({ seq: 4, trimmedTo: 3 })
      expect((await stores.revocations.since(0, 10)).map(({ id }) => id)).toEqual(['k', 'c'])
      await stores.age(HOUR + 30)
      expect(await purgeRows(target, 10)).toBe(1)
      expect((await stores.revocations.append([soon('d')]))[0]?.seq).toBe(5)
      expect((await stores.heads.read()).trimmedTo).toBe(4)
    })

    it('keep entries that can still hit something, however old they are', async () => {
      const stores = await open()
      await stores.heads.raiseLifetimes(seconds(HOUR), seconds(10 * HOUR))
      await stores.revocations.append([{ kind: 'all' }])
      await stores.age(9 * HOUR)
      expect(await purgeRows(purgeTarget(stores, 'revocations'), 10)).toBe(0)
      expect(await stores.revocations.since(0, 10)).toHaveLength(1)
      await stores.age(2 * HOUR)
      expect(await purgeRows(purgeTarget(stores, 'revocations'), 10)).toBe(1)
    })

    const hits: readonly { readonly what: string; readonly entry: NewRevocation; readonly hit: readonly string[] }[] = [
      { what: 'a client', entry: { kind: 'client', id: clientId('client-1'), open: true }, hit: ['app', 'user', 'late'] },
      { what: 'a client, with a cut-off', entry: { kind: 'client', id: clientId('client-1'), open: false }, hit: ['app', 'user'] },
      { what: 'a user', entry: { kind: 'subject', id: userId('user-1'), open: false }, hit: ['user'] },
      { what: 'a user who has the id of a client', entry: { kind: 'subject', id: userId('client-1'), open: true }, hit: [] },
      { what: 'all', entry: { kind: 'all' }, hit: ['app', 'user', 'other'] },
    ]
    it.each(hits)('mark the stored tokens that the entry of $what hits, before it goes', async ({ entry, hit }) => {
      const stores = await open()
      await stores.clients.create(aClient())
      await stores.clients.create(aClient('client-2'))
      const now = await databaseTime(stores)
      const store = (id: string, changes: Partial<ReturnType<typeof aStoredToken>> = {}) =>
        storeBeside(
          stores,
          aStoredToken(now, { tokenId: tokenId(id), accessTokenHash: hash(id), refreshExpiresAt: epochSeconds(now + 100 * HOUR), ...changes }),
        )
      await store('app')
      await store('user', { authorizedType: 'APPLICATION_USER', subject: subject('user-1'), username: 'u' })
      await store('other', { clientId: clientId('client-2'), subject: subject('client-2') })
      await store('late', { grantedAt: epochSeconds(now + 50) })
      await stores.revocations.append([entry])
      await stores.age(HOUR + 60)
      expect(await purgeRows(purgeTarget(stores, 'revocations'), 10)).toBe(1)
      const states = await Promise.all(['app', 'user', 'other', 'late'].map((id) => stores.storedTokens.findByAccessToken(hash(id))))
      expect(states.filter((token) => token?.state === 'REVOKED').map((token) => token?.tokenId)).toEqual(hit)
      expect(states.filter((token) => token?.state === 'ACTIVE')).toHaveLength(4 - hit.length)
    })
  })
}
