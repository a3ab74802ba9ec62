import { userId } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'
import type { PasswordHash, User } from '../../src/model/user.js'
import { createUserAuthentication } from '../../src/users/authenticate-user.js'

const alice: User = {
  id: userId('5b6d8c9e-0000-4000-8000-000000000001'),
  name: 'Zo\u00eb',
  passwordHash: 'hash of right' as PasswordHash,
  state: 'active',
  createdAt: epochSeconds(1_763_690_000),
}

function createFixture(user: User) {
  const verified: (PasswordHash | undefined)[] = []
  const asked: string[] = []
  const authenticate = createUserAuthentication({
    users: {
      async findByName(name) {
        asked.push(name)
        return name === user.name ? user : undefined
      },
    },
    passwords: {
      async verify(hash, password) {
        verified.push(hash)
        return hash === `hash of ${password}`
      },
    },
  })
  return { authenticate, verified, asked }
}

describe('the authentication of a user (RFC 6749 §4.3.2)', () => {
  it('finds an active user by the right password, however the name is spelled', async () => {
    const { authenticate } = createFixture(alice)
    expect(await authenticate('Zoe\u0308', 'right')).toBe(alice)
  })

  it.each([
    ['a wrong password', alice, alice.name, 'wrong', alice.passwordHash],
    ['a disabled user', { ...alice, state: 'disabled' as const }, alice.name, 'right', alice.passwordHash],
    ['an unknown user', alice, 'bob', 'right', undefined],
    ['a name that nobody can have', alice, 'a\0b', 'right', undefined],
  ])('finds nobody for %s, and always hashes once', async (_, user, name, password, hash) => {
    const { authenticate, verified } = createFixture(user)
    expect(await authenticate(name, password)).toBeUndefined()
    expect(verified).toEqual([hash])
  })

  it('does not ask the store for a name that it could not hold', async () => {
    const { authenticate, asked } = createFixture(alice)
    await authenticate('a\0b', 'right')
    expect(asked).toEqual([])
  })
})
