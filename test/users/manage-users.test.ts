import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { CommandRefused } from '../../src/errors/operational-errors.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import type { PasswordHash } from '../../src/model/user.js'
import { createUserRegistry, type UserRegistry } from '../../src/users/manage-users.js'

const clock = { now: () => epochSeconds(1_763_690_000), nowMs: () => 1_763_690_000_000 }

function createFixture() {
  const { users, revocations } = createMemoryDatabase(clock, { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  const announced: (RevocationEntry | undefined)[] = []
  const passwords = { hash: async (password: string) => `hash of ${password}` as PasswordHash }
  const registry = createUserRegistry({ users, passwords, clock, afterChange: async (entry) => void announced.push(entry) })
  return { registry, announced, entries: () => revocations.since(0, 100) }
}

const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (!(error instanceof CommandRefused)) throw new Error(`not refused: ${error}`)
  return error.code
}

describe('a new user', () => {
  it('gets a UUID and a generated password of 144 bits', async () => {
    const { registry } = createFixture()
    const { user, generated } = await registry.create('alice', undefined)
    expect(user.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Buffer.from(generated ?? '', 'base64url')).toHaveLength(18)
    expect(user).toMatchObject({ name: 'alice', state: 'active', passwordHash: `hash of ${generated}`, createdAt: 1_763_690_000 })
  })

  it('keeps a password that is given, which is not told again', async () => {
    const { registry } = createFixture()
    const { user, generated } = await registry.create('alice', 'my own')
    expect(generated).toBeUndefined()
    expect(user.passwordHash).toBe('hash of my own')
  })

  it('is refused a bad name, a taken name and an empty or endless password', async () => {
    const { registry } = createFixture()
    await registry.create('alice', undefined)
    expect(await refusal(registry.create('a\nb', undefined))).toBe('invalid_name')
    expect(await refusal(registry.create('00000000-0000-4000-8000-000000000001', undefined))).toBe('invalid_name')
    expect(await refusal(registry.create('alice', undefined))).toBe('already_exists')
    expect(await refusal(registry.create('bob', ''))).toBe('password_refused')
    expect(await refusal(registry.create('bob', 'x'.repeat(1025)))).toBe('password_refused')
    expect(await registry.list()).toHaveLength(1)
  })
})

describe('the life of a user', () => {
  it('is found by name, in any spelling, and by id', async () => {
    const { registry } = createFixture()
    const { user } = await registry.create('Zo\u00eb', undefined)
    expect(await registry.get('Zoe\u0308')).toEqual(user)
    expect(await registry.get(user.id.toUpperCase())).toEqual(user)
  })

  it('refuses what was granted before when the password changes', async () => {
    const { registry, entries, announced } = createFixture()
    const { user } = await registry.create('alice', 'old')
    const changed = await registry.setPassword('alice', undefined)
    expect(changed.user.passwordHash).toBe(`hash of ${changed.generated}`)
    const [entry] = await entries()
    expect(entry).toMatchObject({ kind: 'subject', id: user.id, cutoff: expect.any(Number) })
    expect(announced.at(-1)).toEqual(entry)
  })

  it('is refused everything while disabled, and what was granted before after that', async () => {
    const { registry, entries } = createFixture()
    await registry.create('alice', undefined)
    await registry.enable('alice')
    expect((await registry.disable('alice')).state).toBe('disabled')
    await registry.disable('alice')
    expect((await registry.enable('alice')).state).toBe('active')
    expect((await entries()).map((entry) => entry.cutoff)).toEqual([undefined, expect.any(Number)])
  })

  it('leaves an open entry when deleted', async () => {
    const { registry, announced } = createFixture()
    const { user } = await registry.create('alice', undefined)
    expect(await registry.remove(user.id)).toEqual(user)
    expect(announced.at(-1)).toMatchObject({ kind: 'subject', id: user.id, cutoff: undefined })
    expect(await refusal(registry.get('alice'))).toBe('not_found')
  })

  it('is listed with all others, page after page', async () => {
    const { registry } = createFixture()
    for (let count = 0; count < 501; count += 1) await registry.create(`user ${count}`, 'x')
    expect(await registry.list()).toHaveLength(501)
  })

  const verbs: readonly (keyof Pick<UserRegistry, 'get' | 'disable' | 'enable' | 'remove'>)[] = ['get', 'disable', 'enable', 'remove']
  it.each(verbs)('does not exist for somebody unknown: %s', async (verb) => {
    const { registry } = createFixture()
    for (const unknown of ['nobody', '', '00000000-0000-4000-8000-000000000001']) expect(await refusal(registry[verb](unknown))).toBe('not_found')
    expect(await refusal(registry.setPassword('nobody', 'x'))).toBe('not_found')
  })
})
