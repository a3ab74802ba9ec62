import { clientId, grantId, subject, tokenId, userId } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'
import type { Lease } from '../../src/stores/lease-store.js'
import type { NewRevocation } from '../../src/stores/revocation-log.js'
import { aClient, aStoredToken, databaseTime, hash, type OpenStores } from './opened-stores.js'

const lease = (fence: number, name = 'wso2'): Lease => ({ name, holder: `node-${fence}`, fence })
const ofUser = { clientId: clientId('client-1'), userId: userId('user-1') }
const ofClient = { clientId: clientId('client-1'), userId: undefined }
const BATCH: readonly NewRevocation[] = [
  { kind: 'token', id: tokenId('t'), expiresAt: epochSeconds(4_000_000_000), owner: ofUser },
  { kind: 'grant', id: grantId('g'), owner: ofClient },
  { kind: 'grant', id: grantId('h') },
  { kind: 'client', id: clientId('client-1'), open: false },
]

/** What every OutboxStore promises. */
export function outboxStoreContract(name: string, open: OpenStores): void {
  describe(`OutboxStore (${name})`, () => {
    it('stands at the beginning of the log before it was moved', async () => {
      const { outbox } = await open()
      expect(await outbox.position('wso2')).toEqual({ seq: 0, late: [] })
    })

    it('stands where it was moved to, each by its name', async () => {
      const { outbox } = await open()
      expect(await outbox.move(lease(1), { seq: 3, late: [] })).toBe(true)
      const late = Array.from({ length: 500 }, (_, index) => 2 ** 33 + index)
      expect(await outbox.move(lease(1), { seq: 2 ** 34, late })).toBe(true)
      expect(await outbox.move(lease(7, 'other'), { seq: 1, late: [1] })).toBe(true)
      expect(await outbox.position('wso2')).toEqual({ seq: 2 ** 34, late })
      expect(await outbox.position('other')).toEqual({ seq: 1, late: [1] })
    })

    it('may be moved to where it stands', async () => {
      const { outbox } = await open()
      await outbox.move(lease(1), { seq: 3, late: [2] })
      expect(await outbox.move(lease(1), { seq: 3, late: [2] })).toBe(true)
      expect(await outbox.position('wso2')).toEqual({ seq: 3, late: [2] })
    })

    it('is not moved by whoever comes with an older lease', async () => {
      const { outbox } = await open()
      await outbox.move(lease(2), { seq: 5, late: [4] })
      expect(await outbox.move(lease(1), { seq: 9, late: [] })).toBe(false)
      expect(await outbox.position('wso2')).toEqual({ seq: 5, late: [4] })
      expect(await outbox.move(lease(3), { seq: 6, late: [] })).toBe(true)
    })

    it('reads the log with whose each token or grant was, where that was said', async () => {
      const stores = await open()
      await stores.clients.create(aClient())
      const from = await databaseTime(stores)
      const entries = await stores.revocations.append(BATCH)
      const lines = await stores.outbox.since({ seq: 0, limit: 10 })
      expect(lines.map(({ entry }) => entry)).toEqual(entries)
      expect(lines.map(({ owner }) => owner)).toEqual([ofUser, ofClient, undefined, undefined])
      const to = await databaseTime(stores)
      for (const { createdAt } of lines) expect(createdAt >= from && createdAt <= to).toBe(true)
    })

    it('reads after a place, up to a limit, of one kind or of all, and single places', async () => {
      const stores = await open()
      await stores.clients.create(aClient())
      await stores.revocations.append(BATCH)
      const places = async (range: Parameters<typeof stores.outbox.since>[0]) => (await stores.outbox.since(range)).map(({ entry }) => entry.seq)
      expect(await places({ seq: 1, limit: 2 })).toEqual([2, 3])
      expect(await places({ seq: 0, limit: 10, kind: 'grant' })).toEqual([2, 3])
      expect(await places({ seq: 2, limit: 10, kind: 'grant' })).toEqual([3])
      expect(await places({ seq: 4, limit: 10 })).toEqual([])
      expect((await stores.outbox.at([4, 9, 1])).map(({ entry }) => entry.seq)).toEqual([1, 4])
      expect(await stores.outbox.at([])).toEqual([])
    })

    it('knows whose a token was that another one has replaced', async () => {
      const stores = await open()
      await stores.clients.create(aClient())
      const now = await databaseTime(stores)
      const user = { subject: subject('user-1'), authorizedType: 'APPLICATION_USER' } as const
      await stores.storedTokens.issue(aStoredToken(now, { format: 'jwt', ...user }), { kind: 'replace' })
      const next = { tokenId: tokenId('token-2'), accessTokenHash: hash('a2'), refreshTokenHash: hash('r2'), grantId: grantId('grant-2') }
      await stores.storedTokens.issue(aStoredToken(now, { format: 'jwt', ...user, ...next }), { kind: 'replace' })
      const [line] = await stores.outbox.since({ seq: 0, limit: 10 })
      expect(line).toMatchObject({ entry: { kind: 'token', id: 'token-1' }, owner: ofUser })
    })
  })
}
