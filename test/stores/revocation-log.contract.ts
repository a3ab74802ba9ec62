import { clientId, grantId, keyId, tokenId, userId } from '../../src/model/ids.js'
import { NEVER } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import type { NewRevocation } from '../../src/stores/revocation-log.js'
import {
  aClient,
  aStep,
  aStoredToken,
  aUser,
  databaseTime,
  hash,
  KEEP_AFTER_EXPIRY,
  MAX_CLOCK_SKEW,
  type OpenedStores,
  type OpenStores,
  storeBeside,
} from './opened-stores.js'

const LONGEST = 86_400
const client = (open: boolean): NewRevocation => ({ kind: 'client', id: clientId('client-1'), open })
const user = (open: boolean): NewRevocation => ({ kind: 'subject', id: userId('user-1'), open })
const token = (id: string): NewRevocation => ({ kind: 'token', id: tokenId(id), expiresAt: undefined })

/** The cut-offs that are right for something that is revoked between two moments. */
async function between(stores: OpenedStores, work: () => Promise<unknown>): Promise<{ readonly from: number; readonly to: number }> {
  const before = (await stores.heads.read()).databaseTimeMs
  await work()
  const after = (await stores.heads.read()).databaseTimeMs
  return { from: Math.ceil(before / 1000) + MAX_CLOCK_SKEW, to: Math.ceil(after / 1000) + MAX_CLOCK_SKEW }
}

/** A row and its entry are reckoned one after the other, maybe not in the same second. */
function expectAbout(instant: number | undefined, other: number | undefined): void {
  expect(Math.abs((instant ?? 0) - (other ?? 1000))).toBeLessThanOrEqual(1)
}

/** What every RevocationLog promises. */
export function revocationLogContract(name: string, open: OpenStores): void {
  describe(`RevocationLog (${name})`, () => {
    it('gives a batch consecutive places from 1, in the order of the batch', async () => {
      const { revocations, heads } = await open()
      const first = await revocations.append([token('a'), { kind: 'grant', id: grantId('g') }, { kind: 'all' }])
      const second = await revocations.append([{ kind: 'key', id: keyId('k') }])
      expect(first.map(({ seq, kind, id }) => [seq, kind, id])).toEqual([
        [1, 'token', 'a'],
        [2, 'grant', 'g'],
        [3, 'all', ''],
      ])
      expect(second.map(({ seq }) => seq)).toEqual([4])
      expect((await heads.read()).seq).toBe(4)
    })

    it('says whose a token or grant was, where that is known, the same when it is read', async () => {
      const { revocations } = await open()
      const owner = { clientId: clientId('shop'), userId: userId('user-1') }
      const appended = await revocations.append([
        { kind: 'token', id: tokenId('a'), expiresAt: epochSeconds(NEVER - 10_000), owner },
        { kind: 'grant', id: grantId('g'), owner },
        token('b'),
      ])
      expect(appended.map(({ client }) => client)).toEqual(['shop', 'shop', undefined])
      expect(await revocations.since(0, 10)).toEqual(appended)
    })

    it('names each batch, and tells whether what follows was written behind it', async () => {
      const { revocations, heads } = await open()
      const links = [(await heads.read()).link]
      for (const batch of [[token('a'), token('b')], [token('c')], [client(true), token('d')]]) {
        await revocations.append(batch)
        links.push((await heads.read()).link)
      }
      expect(links[0]).toBe('')
      expect(new Set(links).size).toBe(4)
      for (const [at, seq] of [2, 3, 5].entries()) {
        expect(await revocations.continues(seq, links[at + 1] ?? '')).toBe(true)
        expect(await revocations.continues(seq, 'f'.repeat(32))).toBe(seq === 5)
      }
      expect(await revocations.findBreak(10)).toBeUndefined()
      expect(await revocations.findBreak(2)).toBeUndefined()
    })

    it('takes an empty batch for nothing', async () => {
      const { revocations, heads } = await open()
      expect(await revocations.append([])).toEqual([])
      expect((await heads.read()).seq).toBe(0)
    })

    it('takes a batch of a thousand', async () => {
      const { revocations } = await open()
      const batch = Array.from({ length: 1000 }, (_, index): NewRevocation => ({ kind: 'grant', id: grantId(`g${index}`) }))
      const entries = await revocations.append(batch)
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
      expect(await revocations.since(0, 2000)).toEqual(entries)
    })

    it('leaves no gap and gives no place twice when many append at once', async () => {
      const { revocations } = await open()
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => revocations.append([token(`a${index}`), token(`b${index}`)])))
      for (const [one, other] of answers) expect((other?.seq ?? 0) - (one?.seq ?? 0)).toBe(1)
      const log = await revocations.since(0, 100)
      expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
      expect(answers.flat().sort((one, other) => one.seq - other.seq)).toEqual(log)
    })

    it('reads at most the asked number of entries after a place, ascending', async () => {
      const { revocations } = await open()
      await revocations.append(['a', 'b', 'c', 'd'].map(token))
      expect((await revocations.since(1, 2)).map(({ seq }) => seq)).toEqual([2, 3])
      expect(await revocations.since(4, 10)).toEqual([])
    })

    it('cuts off at the time of the database, rounded up, plus the allowed skew', async () => {
      const stores = await open()
      let cutoff: number | undefined
      const right = await between(stores, async () => {
        const [entry] = await stores.revocations.append([{ kind: 'all' }])
        cutoff = entry?.cutoff
      })
      expect(cutoff).toBeGreaterThanOrEqual(right.from)
      expect(cutoff).toBeLessThanOrEqual(right.to)
    })

    it('has no cut-off for tokens, grants and keys', async () => {
      const { revocations } = await open()
      const entries = await revocations.append([token('a'), { kind: 'grant', id: grantId('g') }, { kind: 'key', id: keyId('k') }])
      expect(entries.map(({ cutoff }) => cutoff)).toEqual([undefined, undefined, undefined])
    })

    it('cuts off one second after any earlier cut-off that may hit the same tokens: a grant between the two counts as made then', async () => {
      const stores = await open()
      await stores.revocations.append([client(false)])
      await stores.age(-1000)
      const [earlier] = await stores.revocations.since(0, 1)
      const after = (earlier?.cutoff ?? Number.NaN) + 1
      const entries = await stores.revocations.append([client(false), user(false), { kind: 'all' }])
      expect(entries.map(({ cutoff }) => cutoff)).toEqual([after, after, after])
    })

    it.each<[string, NewRevocation, NewRevocation]>([
      ['user', user(false), { kind: 'subject', id: userId('user-2'), open: false }],
      ['client', client(false), { kind: 'client', id: clientId('client-2'), open: false }],
    ])('is not carried into the future by the cut-off of another %s, which hits other tokens', async (_kind, one, another) => {
      const stores = await open()
      await stores.revocations.append([one])
      await stores.age(-1000)
      let cutoff: number | undefined
      const right = await between(stores, async () => {
        cutoff = (await stores.revocations.append([another]))[0]?.cutoff
      })
      expect(cutoff).toBeGreaterThanOrEqual(right.from)
      expect(cutoff).toBeLessThanOrEqual(right.to)
    })

    it('keeps an entry until the longest lifetime that was ever in force has passed, and a while longer', async () => {
      const stores = await open()
      await stores.heads.raiseLifetimes(seconds(3600), seconds(LONGEST))
      await stores.heads.raiseLifetimes(seconds(60), seconds(60))
      const [all, grant, anyToken] = await stores.revocations.append([{ kind: 'all' }, { kind: 'grant', id: grantId('g') }, token('t')])
      const expected = (all?.cutoff ?? 0) + LONGEST + KEEP_AFTER_EXPIRY
      expect([all?.expires, grant?.expires, anyToken?.expires]).toEqual([expected, expected, expected])
    })

    it('keeps the entry of a token whose expiry is known until then, and a while longer', async () => {
      const { revocations } = await open()
      const [entry] = await revocations.append([{ kind: 'token', id: tokenId('t'), expiresAt: epochSeconds(4_000_000_000) }])
      expect(entry?.expires).toBe(4_000_000_000 + KEEP_AFTER_EXPIRY)
    })

    it('keeps the entry of a key for ever', async () => {
      const { revocations } = await open()
      expect((await revocations.append([{ kind: 'key', id: keyId('k') }]))[0]?.expires).toBe(NEVER)
    })

    it('makes an open entry where one is asked for', async () => {
      const { revocations } = await open()
      const entries = await revocations.append([client(true), user(true)])
      expect(entries.map(({ cutoff }) => cutoff)).toEqual([undefined, undefined])
      expect(await revocations.since(0, 10)).toEqual(entries)
    })

    it('makes the entry of a disabled client or user an open one, whatever is asked for', async () => {
      const { revocations, clients, users } = await open()
      await clients.create(aClient('client-1', { state: 'disabled' }))
      await users.create(aUser('user-1', { state: 'disabled' }))
      const entries = await revocations.append([client(false), user(false)])
      expect(entries.map(({ cutoff }) => cutoff)).toEqual([undefined, undefined])
    })

    it('makes the entry of a deleted client or user an open one, whatever is asked for', async () => {
      const { revocations, clients, users } = await open()
      await clients.create(aClient())
      await users.create(aUser())
      await clients.remove(clientId('client-1'))
      await users.remove(userId('user-1'))
      const entries = await revocations.append([client(false), user(false)])
      expect(entries.map(({ cutoff }) => cutoff)).toEqual([undefined, undefined])
    })

    it('makes an entry with a cut-off for one who is active, also after an open one', async () => {
      const { revocations, clients } = await open()
      await clients.create(aClient())
      await revocations.append([client(true)])
      expect((await revocations.append([client(false)]))[0]?.cutoff).toBeDefined()
    })

    it('marks a grant revoked in its row, once, and keeps the row as long as the entry', async () => {
      const stores = await open()
      await stores.grants.advance(aStep({ presentedExpiresAt: epochSeconds(1), lifetime: seconds(0) }))
      const [entry] = await stores.revocations.append([{ kind: 'grant', id: grantId('grant-1') }])
      const row = await stores.grants.find(grantId('grant-1'))
      expect(row?.generation).toBe(1)
      expectAbout(row?.purgeAfter, entry?.expires)
      expect(row?.revokedAt).toBeGreaterThanOrEqual((await databaseTime(stores)) - 5)
      await stores.age(5)
      const [again] = await stores.revocations.append([{ kind: 'grant', id: grantId('grant-1') }, token('x')])
      const after = await stores.grants.find(grantId('grant-1'))
      expect(after?.revokedAt).toBeLessThanOrEqual((await databaseTime(stores)) - 5)
      expectAbout(after?.purgeAfter, again?.expires)
    })

    it('gives a grant that has no row one that is revoked', async () => {
      const { revocations, grants } = await open()
      const twice: NewRevocation = { kind: 'grant', id: grantId('grant-1') }
      const [entry] = await revocations.append([twice, twice])
      const row = await grants.find(grantId('grant-1'))
      expect(row).toMatchObject({ generation: 0, graceUses: 0 })
      expectAbout(row?.purgeAfter, entry?.expires)
      expect(row?.revokedAt).toBeDefined()
    })

    it('marks the stored tokens of a grant, and a stored token by its id, and no other', async () => {
      const stores = await open()
      await stores.clients.create(aClient())
      const now = await databaseTime(stores)
      for (const id of ['1', '2', '3']) {
        const ids = { tokenId: tokenId(`token-${id}`), grantId: grantId(`grant-${id}`) }
        await storeBeside(stores, aStoredToken(now, { ...ids, accessTokenHash: hash(`access-${id}`), refreshTokenHash: undefined }))
      }
      await stores.revocations.append([{ kind: 'grant', id: grantId('grant-1') }, token('token-2')])
      const states = await Promise.all(['1', '2', '3'].map(async (id) => (await stores.storedTokens.findByAccessToken(hash(`access-${id}`)))?.state))
      expect(states).toEqual(['REVOKED', 'REVOKED', 'ACTIVE'])
    })
  })
}
