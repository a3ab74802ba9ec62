import { createMemoryOperations, jsonOf, NOW, runOn } from '../memory-operations.js'

describe('jeton users', () => {
  it('creates with a generated password, shown this once', async () => {
    const { operations } = await createMemoryOperations()
    const made = await jsonOf(operations, ['users', 'create', '--name', 'alice'])
    expect(made).toEqual({
      user_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'alice',
      password: expect.stringMatching(/^[\w-]{24}$/),
      state: 'active',
    })
    expect(await jsonOf(operations, ['users', 'list'])).toEqual({
      items: [{ user_id: made.user_id, name: 'alice', state: 'active', created_at: NOW }],
    })
  })

  it('reads a password from standard input and never tells it', async () => {
    const { operations, database } = await createMemoryOperations()
    const { code, stdout } = await runOn(operations, ['users', 'create', '--name', 'alice', '--password-stdin'], 'pass word\n')
    expect(code).toBe(0)
    expect(stdout).not.toContain('pass word')
    const generated = await jsonOf(operations, ['users', 'set-password', 'alice'])
    expect(generated.password).toMatch(/^[\w-]{24}$/)
    expect(await jsonOf(operations, ['users', 'set-password', 'alice', '--password-stdin'], 'other\r\n')).not.toHaveProperty('password')
    expect(await database.revocations.since(0, 10)).toMatchObject([{ kind: 'subject' }, { kind: 'subject' }])
  })

  it('refuses an empty password, and more than one line', async () => {
    const { operations } = await createMemoryOperations()
    expect(await runOn(operations, ['users', 'create', '--name', 'alice', '--password-stdin'], '\n')).toMatchObject({ code: 1 })
    expect(await runOn(operations, ['users', 'create', '--name', 'alice', '--password-stdin'], 'a\nb\n')).toMatchObject({ code: 2 })
    expect(await jsonOf(operations, ['users', 'list'])).toEqual({ items: [] })
  })

  it('has no option that takes a password, and does not repeat one', async () => {
    const { operations } = await createMemoryOperations()
    const { code, stdout, stderr } = await runOn(operations, ['users', 'create', '--name', 'alice', '--password', 'topsecret', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(stdout).error).toEqual({ code: 'usage', message: expect.stringContaining('--password-stdin') })
    expect(stdout + stderr).not.toContain('topsecret')
    expect((await runOn(operations, ['users', 'create', '--name', 'alice', '--password=topsecret'])).stderr).not.toContain('topsecret')
  })

  it('disables, enables and deletes by name or by id', async () => {
    const { operations } = await createMemoryOperations()
    const { user_id } = await jsonOf(operations, ['users', 'create', '--name', 'alice'])
    expect(await jsonOf(operations, ['users', 'disable', 'alice'])).toEqual({ user_id, name: 'alice', state: 'disabled' })
    expect(await jsonOf(operations, ['users', 'enable', user_id])).toEqual({ user_id, name: 'alice', state: 'active' })
    expect(await jsonOf(operations, ['users', 'delete', 'alice'])).toEqual({ user_id, name: 'alice', state: 'deleted' })
    expect(await runOn(operations, ['users', 'delete', 'alice'])).toEqual({ code: 1, stdout: '', stderr: 'jeton: there is no such user\n' })
  })

  it('fails for a name that is taken', async () => {
    const { operations } = await createMemoryOperations()
    await jsonOf(operations, ['users', 'create', '--name', 'alice'])
    const { code, stdout } = await runOn(operations, ['users', 'create', '--name', 'alice', '--json'])
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 1, error: 'already_exists' })
  })
})
