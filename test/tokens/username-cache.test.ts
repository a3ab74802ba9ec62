import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { subject, type UserId } from '../../src/model/ids.js'
import type { User } from '../../src/model/user.js'
import { createUsernameCache } from '../../src/tokens/username-cache.js'
import { aUser } from '../stores/opened-stores.js'

function createFixture(maxEntries = 2) {
  const reads: string[] = []
  const state = { failure: undefined as Error | undefined }
  const find = async (id: UserId): Promise<User | undefined> => {
    reads.push(id)
    if (state.failure) throw state.failure
    return id.startsWith('user') ? aUser(id, { name: `name of ${id}` }) : undefined
  }
  return { reads, state, cache: createUsernameCache({ find }, maxEntries) }
}

describe('the name of a user', () => {
  it('is read once, and not at all where it was just read elsewhere', async () => {
    const { cache, reads } = createFixture()
    expect([await cache.find(subject('user-1')), await cache.find(subject('user-1'))]).toEqual(['name of user-1', 'name of user-1'])
    cache.remember(subject('user-2'), 'anna')
    expect(await cache.find(subject('user-2'))).toBe('anna')
    expect(reads).toEqual(['user-1'])
  })

  it('is undefined for an unknown user, which is not remembered', async () => {
    const { cache, reads } = createFixture()
    expect([await cache.find(subject('nobody')), await cache.find(subject('nobody'))]).toEqual([undefined, undefined])
    expect(reads).toHaveLength(2)
  })

  it('is worth no refusal: undefined while the store is away, known while it is remembered', async () => {
    const { cache, state } = createFixture()
    await cache.find(subject('user-1'))
    state.failure = new StoreUnavailable('database')
    expect([await cache.find(subject('user-1')), await cache.find(subject('user-2'))]).toEqual(['name of user-1', undefined])
    state.failure = new TypeError('a defect')
    await expect(cache.find(subject('user-2'))).rejects.toThrow(TypeError)
  })

  it('is one of a bounded number, and forgotten when asked to', async () => {
    const { cache, reads } = createFixture()
    for (const id of ['user-1', 'user-2', 'user-3']) await cache.find(subject(id))
    await cache.find(subject('user-1'))
    expect(reads).toHaveLength(4)
    cache.clear()
    await cache.find(subject('user-1'))
    expect(reads).toHaveLength(5)
  })
})
