import { CommandRefused, StoreUnavailable } from '../../../src/errors/operational-errors.js'
import { createDoctor } from '../../../src/main/compose/doctor.js'
import { checkDeadTokens } from '../../../src/main/compose/doctor-cleanup.js'
import { checkRedis } from '../../../src/main/compose/doctor-redis.js'
import { seconds } from '../../../src/model/time.js'
import type { Stores } from '../../../src/stores/stores.js'
import { type JetonInProcess, startJeton } from '../../flows/jeton-in-process.js'

const away = (code: string) => () => Promise.reject(new StoreUnavailable('database', { cause: Object.assign(new Error('secret'), { code }) }))

/** Their own tests are beside these. */
const ELSEWHERE = ['opaque applications', 'portals', 'lifetimes', 'partitions']

describe('jeton doctor', () => {
  let change: (stores: Stores) => Stores
  let jeton: JetonInProcess
  beforeEach(async () => {
    change = (stores) => stores
    jeton = await startJeton({ wrapStores: (stores) => stores })
  })
  afterEach(() => jeton.close())

  const diagnose = async () => {
    const { settings, stores } = jeton
    const follower = { poll: async () => undefined, isSkewed: () => false }
    const keys = { list: () => jeton.jeton.operations.keys.list() }
    const doctor = createDoctor(settings, { stores: change(stores) } as never, { state: { follower } as never, keys })
    const checks = (await doctor()).filter(({ name }) => !ELSEWHERE.includes(name))
    return checks.map(({ name, ok, message }) => `${name} ${ok ? 'ok' : 'FAIL'}: ${message}`)
  }

  it('finds nothing wrong where nothing is', async () => {
    expect((await jeton.jeton.operations.doctor()).map(({ name, ok }) => [name, ok])).toEqual([
      ['database', true],
      ['schema', true],
      ['writing', true],
      ['clock', true],
      ['revocation log', true],
      ['keys', true],
      ['token clean-up', true],
      ['partitions', true],
      ['opaque applications', true],
      ['lifetimes', true],
      ['portals', true],
      ['configuration', true],
    ])
  })

  it('says of a database that cannot be reached why, and asks it nothing more', async () => {
    change = (stores) => ({ ...stores, status: { ...stores.status, migrations: away('28P01') } })
    expect(await diagnose()).toEqual(['database FAIL: refuses the user or the password', 'configuration ok: is good'])
  })

  it('names the migrations that are missing', async () => {
    change = (stores) => ({ ...stores, status: { ...stores.status, migrations: async () => ({ applied: [], pending: ['a', 'b'] }) } })
    expect(await diagnose()).toEqual(['database ok: answers', 'schema FAIL: lacks a, b', 'configuration ok: is good'])
  })

  it('says that a migration was half applied', async () => {
    const refused = () => Promise.reject(new CommandRefused('migration_failed', 'migration a was begun and has not finished'))
    change = (stores) => ({ ...stores, status: { ...stores.status, migrations: refused } })
    expect(await diagnose()).toEqual(['database ok: answers', 'schema FAIL: migration a was begun and has not finished', 'configuration ok: is good'])
  })

  it('finds out that the database can only be read', async () => {
    change = (stores) => ({
      ...stores,
      heads: { read: () => stores.heads.read(), startEpoch: away(''), raiseLifetimes: away('25006'), recordOutage: away('') },
    })
    expect(await diagnose()).toEqual([
      'database ok: answers',
      'schema ok: is up to date',
      'writing FAIL: the database is read-only',
      'configuration ok: is good',
    ])
  })
})

describe('the check of token clean-up', () => {
  it.each([
    ['off', 7, true, 'is off: dead tokens stay in their table until they have expired'],
    ['audit', 0, true, 'has left no dead token in the table'],
    ['audit', 1, false, 'dead tokens that are still in the table: 1; they are from a time without clean-up'],
    ['audit', 100_000, false, 'dead tokens that are still in the table: 100000 or more; they are from a time without clean-up'],
    ['delete', 2, true, 'dead tokens that are still in the table: 2; they go when their refresh tokens have expired, since no audit is kept'],
  ] as const)('with clean-up %s and %d dead tokens: %s', async (kind, dead, ok, message) => {
    const cleanup = kind === 'audit' ? { kind, retention: seconds(60) } : { kind }
    const check = await checkDeadTokens({ cleanup }, { deadTokens: async () => dead })
    expect(check).toMatchObject({ ok, message })
    expect(check.remedy === undefined).toBe(ok)
  })
})

describe('the check of Redis', () => {
  it.each([
    ['7.0.15', true],
    ['6.2.0', true],
    ['6.0.16', false],
    ['5.0', false],
    ['unknown', false],
  ])('takes %s: %s', async (version, ok) => {
    expect((await checkRedis(async () => version)).ok).toBe(ok)
  })

  it('says that it is away', async () => {
    expect(await checkRedis(away('ECONNREFUSED'))).toMatchObject({ ok: false, message: 'does not answer' })
  })
})
