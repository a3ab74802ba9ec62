import { NEVER } from '../../../src/model/revocation-entry.js'
import { createMemoryOperations, jsonOf, NOW, runOn } from '../memory-operations.js'

describe('jeton revoke', () => {
  it('revokes a token by its id', async () => {
    const { operations } = await createMemoryOperations()
    const entry = await jsonOf(operations, ['revoke', 'token', '5b6d8c9e-0000-4000-8000-000000000001'])
    expect(entry).toEqual({ kind: 'token', id: '5b6d8c9e-0000-4000-8000-000000000001', seq: 1, cutoff: null, expires: expect.any(Number) })
  })

  it('takes an id that begins with a hyphen', async () => {
    const { operations } = await createMemoryOperations()
    expect(await jsonOf(operations, ['revoke', 'token', '-abc'])).toMatchObject({ id: '-abc' })
    expect(await jsonOf(operations, ['revoke', 'grant', '--', '--abc'].slice(0, 2).concat('-xyz'))).toMatchObject({ kind: 'grant', id: '-xyz' })
  })

  it('reads a token from standard input', async () => {
    const { operations } = await createMemoryOperations()
    expect(await jsonOf(operations, ['revoke', 'token', '-'], 'eyJhbGciOi.x.y\n')).toMatchObject({ kind: 'grant', id: 'grant-of-the-token', seq: 1 })
  })

  it('fails when the token is not one of this server', async () => {
    const { operations, database } = await createMemoryOperations()
    const { code, stdout } = await runOn(operations, ['revoke', 'token', '-', '--json'], 'forged')
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 1, error: 'not_found' })
    expect(await runOn(operations, ['revoke', 'token', '-'], '\n')).toMatchObject({ code: 2 })
    expect(await database.revocations.since(0, 10)).toEqual([])
  })

  it.each([
    ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiIxIn0.c2ln'],
    ['an opaque access token', `jat_${'a'.repeat(43)}`],
    ['a stored refresh token', `jrt_5b6d8c9e-0000-4000-8000-000000000001.0.${'a'.repeat(43)}`],
    ['something as long as a token', 'a'.repeat(129)],
  ])('refuses %s on the command line, without repeating it', async (_, token) => {
    const { operations, database } = await createMemoryOperations()
    for (const kind of ['token', 'grant']) {
      const { code, stdout, stderr } = await runOn(operations, ['revoke', kind, token, '--json'])
      expect(code).toBe(2)
      expect(JSON.parse(stdout).error).toEqual({ code: 'usage', message: expect.stringContaining('revoke token -') })
      expect(stdout + stderr).not.toContain(token)
    }
    expect(await database.revocations.since(0, 10)).toEqual([])
  })

  it('revokes by user, by name or by id', async () => {
    const { operations } = await createMemoryOperations()
    const { user_id } = await jsonOf(operations, ['users', 'create', '--name', 'alice'])
    const entry = await jsonOf(operations, ['revoke', 'user', 'alice'])
    expect(entry).toMatchObject({ kind: 'subject', id: user_id, seq: 1 })
    expect(entry.cutoff).toBeGreaterThanOrEqual(NOW)
    expect(await jsonOf(operations, ['revoke', 'user', user_id])).toMatchObject({ id: user_id, seq: 2 })
  })

  it('revokes by application, by grant and everything', async () => {
    const { operations } = await createMemoryOperations()
    const { client_id } = await jsonOf(operations, ['apps', 'create', '--name', 'Shop'])
    expect(await jsonOf(operations, ['revoke', 'client', client_id])).toMatchObject({ kind: 'client', id: client_id, cutoff: expect.any(Number) })
    expect(await jsonOf(operations, ['revoke', 'grant', 'g-1'])).toMatchObject({ kind: 'grant', id: 'g-1', cutoff: null })
    expect(await jsonOf(operations, ['revoke', 'all'])).toMatchObject({ kind: 'all', id: null, seq: 3, cutoff: expect.any(Number) })
  })

  it('revokes a key for good, and another signs at once', async () => {
    const { operations } = await createMemoryOperations()
    const { items } = await jsonOf(operations, ['keys', 'list'])
    const { kid } = items.find((key: { use: string; state: string }) => key.use === 'access' && key.state === 'signing')
    expect(await jsonOf(operations, ['revoke', 'key', kid])).toMatchObject({ kind: 'key', id: kid, cutoff: null, expires: NEVER })
    const after = (await jsonOf(operations, ['keys', 'list'])).items
    expect(after.find((key: { kid: string }) => key.kid === kid)).toMatchObject({ state: 'retired' })
    expect(after.filter((key: { use: string; state: string }) => key.use === 'access' && key.state === 'signing')).toHaveLength(1)
  })

  it.each([
    ['user', 'nobody'],
    ['client', 'nobody'],
    ['key', 'nothing'],
  ])('fails for an unknown %s', async (kind, id) => {
    const { operations } = await createMemoryOperations()
    expect(await runOn(operations, ['revoke', kind, id])).toMatchObject({ code: 1, stdout: '' })
  })

  it('tells people what it has done', async () => {
    const { operations } = await createMemoryOperations()
    const { stdout } = await runOn(operations, ['revoke', 'grant', 'g-1'])
    expect(stdout).toMatch(/^revoked +grant$/m)
    expect(stdout).toMatch(/^expires +20\d\d-/m)
  })
})
