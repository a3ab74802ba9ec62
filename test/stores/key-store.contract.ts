import { keyId } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'
import type { SealedKey, StoredKey } from '../../src/stores/key-store.js'
import type { OpenStores } from './opened-stores.js'

const aKey = (id: string, createdAt: number, changes: Partial<StoredKey> = {}): StoredKey => ({
  keyId: keyId(id),
  use: 'access',
  algorithm: 'ES256',
  publicJwk: '{"kty":"EC"}',
  sealed: `sealed-${id}` as SealedKey,
  createdAt: epochSeconds(createdAt),
  signsFrom: undefined,
  retiresAt: undefined,
  retiredAt: undefined,
  ...changes,
})

/** What every KeyStore promises. */
export function keyStoreContract(name: string, open: OpenStores): void {
  describe(`KeyStore (${name})`, () => {
    it('lists all keys, oldest first, with the counter they belong to', async () => {
      const { keys, heads } = await open()
      const { version } = await keys.list()
      const refresh = aKey('r', 5, { use: 'refresh', algorithm: 'HS256', publicJwk: undefined, signsFrom: epochSeconds(6) })
      const retired = aKey('old', 1, { signsFrom: epochSeconds(2), retiresAt: epochSeconds(3), retiredAt: epochSeconds(4) })
      expect(await keys.apply(version, { insert: [refresh, retired] })).toEqual({ entry: undefined })
      expect(await keys.list()).toEqual({ version: version + 1, keys: [retired, refresh] })
      expect((await heads.read()).keys).toBe(version + 1)
    })

    it('changes what is named of a key and leaves the rest', async () => {
      const { keys } = await open()
      const { version } = await keys.list()
      await keys.apply(version, { insert: [aKey('a', 1, { signsFrom: epochSeconds(9) }), aKey('b', 2)] })
      const update = [
        { keyId: keyId('a'), retiresAt: epochSeconds(10), sealed: 'again' as SealedKey },
        { keyId: keyId('b'), signsFrom: epochSeconds(10) },
      ]
      await keys.apply(version + 1, { update, insert: [aKey('c', 3)] })
      expect((await keys.list()).keys).toEqual([
        aKey('a', 1, { signsFrom: epochSeconds(9), retiresAt: epochSeconds(10), sealed: 'again' as SealedKey }),
        aKey('b', 2, { signsFrom: epochSeconds(10) }),
        aKey('c', 3),
      ])
    })

    it('changes nothing when the counter is another one', async () => {
      const { keys, heads } = await open()
      const { version } = await keys.list()
      await keys.apply(version, { insert: [aKey('a', 1)] })
      expect(await keys.apply(version, { insert: [aKey('b', 2)], revoke: keyId('a') })).toBe(false)
      expect(await keys.list()).toEqual({ version: version + 1, keys: [aKey('a', 1)] })
      expect((await heads.read()).seq).toBe(0)
    })

    it('lets exactly one of many parallel changes of one counter through', async () => {
      const { keys } = await open()
      const { version } = await keys.list()
      const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => keys.apply(version, { insert: [aKey(`k${index}`, index)] })))
      expect(answers.filter((answer) => answer !== false)).toHaveLength(1)
      expect((await keys.list()).keys).toHaveLength(1)
    })

    it('writes the entry of a revoked key together with the change', async () => {
      const { keys, revocations } = await open()
      const { version } = await keys.list()
      await keys.apply(version, { insert: [aKey('a', 1)] })
      const answer = await keys.apply(version + 1, { update: [{ keyId: keyId('a'), retiredAt: epochSeconds(7) }], revoke: keyId('a') })
      const log = await revocations.since(0, 10)
      expect(log).toMatchObject([{ seq: 1, kind: 'key', id: 'a', cutoff: undefined }])
      expect(answer).toEqual({ entry: log[0] })
    })
  })
}
