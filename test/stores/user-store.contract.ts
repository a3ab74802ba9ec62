import { CommandRefused } from '../../src/errors/operational-errors.js'
import { userId } from '../../src/model/ids.js'
import type { PasswordHash } from '../../src/model/user.js'
import { aUser, databaseTime, MAX_CLOCK_SKEW, type OpenStores } from './opened-stores.js'

/** What every UserStore promises. */
export function userStoreContract(name: string, open: OpenStores): void {
  describe(`UserStore (${name})`, () => {
    const id = userId('user-1')
    const passwordHash = 'scrypt$2' as PasswordHash

    it('gives back what was created, by id and by name, the name taken exactly', async () => {
      const { users } = await open()
      await users.create(aUser())
      await users.create(aUser('user-2', { state: 'disabled', name: 'Zoë' }))
      expect(await users.find(id)).toEqual(aUser())
      expect(await users.findByName('Zoë')).toEqual(aUser('user-2', { state: 'disabled', name: 'Zoë' }))
      expect(await users.find(userId('nobody'))).toBeUndefined()
      expect(await users.findByName('NAME-OF-user-1')).toBeUndefined()
    })

    it('lists by name, after a name, at most so many', async () => {
      const { users } = await open()
      for (const each of ['c', 'a', 'd', 'b']) await users.create(aUser(`id-${each}`, { name: each }))
      expect((await users.list('', 3)).map((user) => user.name)).toEqual(['a', 'b', 'c'])
      expect((await users.list('c', 3)).map((user) => user.name)).toEqual(['d'])
    })

    it('refuses a name that is taken', async () => {
      const { users, heads } = await open()
      await users.create(aUser())
      const { users: version } = await heads.read()
      const refused = await users.create(aUser('user-2', { name: aUser().name })).catch((error) => error)
      expect(refused).toBeInstanceOf(CommandRefused)
      expect(refused).toMatchObject({ code: 'already_exists' })
      expect(await users.find(userId('user-2'))).toBeUndefined()
      expect((await heads.read()).users).toBe(version)
    })

    it('writes an entry with a cut-off together with a new password', async () => {
      const stores = await open()
      await stores.users.create(aUser())
      const now = await databaseTime(stores)
      const changed = await stores.users.update(id, { passwordHash })
      expect(changed?.record).toEqual(aUser('user-1', { passwordHash }))
      expect(await stores.users.find(id)).toEqual(changed?.record)
      expect(changed?.entry).toMatchObject({ seq: 1, kind: 'subject', id })
      expect(changed?.entry?.cutoff).toBeGreaterThanOrEqual(now + MAX_CLOCK_SKEW)
      expect(await stores.revocations.since(0, 10)).toEqual([changed?.entry])
    })

    it('writes an open entry for a user who is or becomes disabled, and a cut-off when enabled again', async () => {
      const { users } = await open()
      await users.create(aUser())
      expect((await users.update(id, { state: 'disabled' }))?.entry).toMatchObject({ seq: 1, cutoff: undefined })
      expect((await users.update(id, { passwordHash }))?.entry).toMatchObject({ seq: 2, cutoff: undefined })
      const enabled = await users.update(id, { state: 'active' })
      expect(enabled?.record).toEqual(aUser('user-1', { passwordHash }))
      expect(enabled?.entry?.cutoff).toBeDefined()
    })

    it('writes no entry for a state that the user is in already, nor for that of several who enable at once', async () => {
      const { users, revocations } = await open()
      await users.create(aUser())
      expect(await users.update(id, { state: 'active' })).toEqual({ record: aUser(), entry: undefined })
      await users.update(id, { state: 'disabled' })
      const enabled = await Promise.all(Array.from({ length: 6 }, () => users.update(id, { state: 'active' })))
      expect(enabled.filter((each) => each?.entry !== undefined)).toHaveLength(1)
      expect(await revocations.since(0, 10)).toHaveLength(2)
    })

    it('answers undefined for a user who is not there, and writes nothing', async () => {
      const { users, heads } = await open()
      expect(await users.update(id, { state: 'disabled' })).toBeUndefined()
      expect(await users.remove(id)).toBeUndefined()
      expect((await heads.read()).seq).toBe(0)
    })

    it('deletes a user and writes an open entry', async () => {
      const { users, revocations } = await open()
      await users.create(aUser())
      const entry = await users.remove(id)
      expect(entry).toMatchObject({ seq: 1, kind: 'subject', id, cutoff: undefined })
      expect(await users.find(id)).toBeUndefined()
      expect(await revocations.since(0, 10)).toEqual([entry])
    })

    it('raises the counter of users with every change, and no other', async () => {
      const { users, heads } = await open()
      const before = await heads.read()
      await users.create(aUser())
      await users.update(id, { passwordHash })
      await users.remove(id)
      expect(await heads.read()).toMatchObject({ users: before.users + 3, clients: before.clients, keys: before.keys })
    })
  })
}
