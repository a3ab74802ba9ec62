import { epochSeconds } from '../../../src/model/time.js'
import { createMemoryOperations, jsonOf, NOW, runOn } from '../memory-operations.js'

describe('jeton status', () => {
  it('has exactly the promised fields', async () => {
    const { operations } = await createMemoryOperations()
    await jsonOf(operations, ['revoke', 'all'])
    const status = await jsonOf(operations, ['status'])
    expect(status).toEqual({
      version: '0.1.0',
      epoch: expect.any(String),
      seq: 1,
      schema: { engine: expect.any(String), applied: expect.any(Array), pending: expect.any(Array) },
      nodes: [{ id: 'node-1', seq: 1, last_seen: NOW }],
      stored_tokens: expect.any(Array),
      last_purge: null,
      keys: expect.any(Array),
    })
    for (const tokens of status.stored_tokens) expect(Object.keys(tokens)).toEqual(['kind', 'alive', 'last_expiry'])
    expect(status.keys).toEqual((await jsonOf(operations, ['keys', 'list'])).items)
  })

  it('says of stored tokens that it has not counted all of them', async () => {
    const { operations } = await createMemoryOperations()
    const storedTokens = [{ kind: 'jwt', alive: 100_001, lastExpiry: NOW, atLeast: true }] as const
    const changed = { ...operations, status: async () => ({ ...(await operations.status()), storedTokens }) }
    expect((await jsonOf(changed, ['status'])).stored_tokens).toEqual([{ kind: 'jwt', alive: 100_001, last_expiry: NOW, at_least: true }])
    expect((await runOn(changed, ['status'])).stdout).toContain('at least 100001')
  })

  it('tells of the last purge', async () => {
    const { operations } = await createMemoryOperations()
    const report = {
      ...(await operations.status()),
      lastPurge: [
        { target: 'grants', endedAt: epochSeconds(NOW + 9), deleted: 0, byReason: {}, batches: 1, seconds: 0, remaining: 0 },
        { target: 'tokens', endedAt: epochSeconds(NOW), deleted: 3, byReason: { expired: 1, revoked: 2 }, batches: 1, seconds: 0.1, remaining: 0 },
      ],
    }
    const status = await jsonOf({ ...operations, status: async () => report }, ['status'])
    expect(status.last_purge).toEqual({
      ended_at: NOW + 9,
      targets: [
        { target: 'grants', deleted: 0, by_reason: {}, remaining: 0, batches: 1, seconds: 0, ended_at: NOW + 9 },
        { target: 'tokens', deleted: 3, by_reason: { expired: 1, revoked: 2 }, remaining: 0, batches: 1, seconds: 0.1, ended_at: NOW },
      ],
    })
  })

  it('tells of a purge that was asked for by hand', async () => {
    const { operations } = await createMemoryOperations()
    await jsonOf(operations, ['purge', 'tokens'])
    expect((await jsonOf(operations, ['status'])).last_purge).toMatchObject({ ended_at: NOW, targets: [{ target: 'tokens', deleted: 0 }] })
  })

  it('is readable', async () => {
    const { operations } = await createMemoryOperations()
    const { stdout } = await runOn(operations, ['status'])
    expect(stdout).toContain('revocation log')
    expect(stdout).toContain('KID')
  })
})

describe('jeton doctor', () => {
  it('ends with 0 when all is well', async () => {
    const { operations } = await createMemoryOperations()
    expect(await jsonOf(operations, ['doctor'])).toEqual({ ok: true, checks: [{ name: 'database', ok: true, message: 'answers' }] })
  })

  it('ends with 1 and a remedy when a check fails', async () => {
    const { operations } = await createMemoryOperations()
    const doctor = async () => [{ name: 'keys', ok: false, message: 'no key signs', remedy: 'jeton keys rotate' }]
    const { code, stdout } = await runOn({ ...operations, doctor }, ['doctor', '--json'])
    expect({ code, document: JSON.parse(stdout) }).toEqual({
      code: 1,
      document: { ok: false, checks: [{ name: 'keys', ok: false, message: 'no key signs', remedy: 'jeton keys rotate' }] },
    })
    expect((await runOn({ ...operations, doctor }, ['doctor'])).stdout).toBe('FAIL  keys: no key signs\n      jeton keys rotate\n')
  })
})

describe('jeton migrate', () => {
  it('says what it has applied', async () => {
    const { operations } = await createMemoryOperations()
    expect(await jsonOf(operations, ['migrate'])).toEqual({ applied: ['0001_first'], pending: [] })
    const upToDate = { ...operations, migrate: async () => ({ applied: [], pending: [] }) }
    expect((await runOn(upToDate, ['migrate'])).stdout).toBe('the schema is up to date\n')
  })

  it('lays tables out in partitions after it, and says what it is about to do', async () => {
    const { operations } = await createMemoryOperations()
    const partitions: typeof operations.partitions = {
      async move(tell) {
        tell('JETON_REVOCATION', 'copying; nobody waits')
        return [{ table: 'JETON_REVOCATION', moved: true, rows: 7 }]
      },
    }
    const done = await runOn({ ...operations, partitions }, ['migrate', '--partitioned'])
    expect(done).toMatchObject({
      code: 0,
      stdout: 'applied 0001_first\nJETON_REVOCATION lies in partitions now; rows that were copied: 7\n',
      stderr: 'JETON_REVOCATION: copying; nobody waits\n',
    })
    const { stdout } = await runOn({ ...operations, partitions }, ['migrate', '--partitioned', '--json'])
    expect(JSON.parse(stdout)).toEqual({
      applied: ['0001_first'],
      pending: [],
      tables: [{ table: 'JETON_REVOCATION', moved: true, rows: 7 }],
    })
  })

  it('refuses partitions where the engine has none', async () => {
    const { operations } = await createMemoryOperations()
    expect(await runOn(operations, ['migrate', '--partitioned'])).toMatchObject({ code: 1, stderr: expect.stringContaining('no partitions') })
    expect(await runOn(operations, ['migrate', '--partitioned', '--adopt'])).toMatchObject({ code: 2 })
  })
})
