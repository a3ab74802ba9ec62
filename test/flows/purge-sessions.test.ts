import { dirname, join } from 'node:path'
import { sqlOn } from '../adapters/prisma/temporary-database.js'
import { jsonOf, runOn } from '../main/memory-operations.js'
import { type JetonInProcess, startJeton } from './jeton-in-process.js'

const HOUR = 3600

describe('Sessions that another server has stored', () => {
  let jeton: JetonInProcess
  afterEach(() => jeton.close())

  const fileOf = ({ settings }: JetonInProcess): string => join(dirname(settings.database.file), '../jeton.db')

  /** Seconds from now: when it was stored, and when it ends. */
  function store(id: string, created: number, ends: number, operation = 'STORE'): void {
    sqlOn(fileOf(jeton), (database) =>
      database.exec(`
        INSERT INTO IDN_AUTH_SESSION_STORE (SESSION_ID, SESSION_TYPE, OPERATION, TIME_CREATED, EXPIRY_TIME)
        VALUES ('${id}', 'SessionContext', '${operation}', (unixepoch() + ${created}) * 1000000000, (unixepoch() + ${ends}) * 1000000000)`),
    )
  }

  const left = (): readonly unknown[] =>
    sqlOn(fileOf(jeton), (database) =>
      database
        .prepare('SELECT SESSION_ID FROM IDN_AUTH_SESSION_STORE ORDER BY SESSION_ID')
        .all()
        .map((row) => (row as { readonly SESSION_ID: string }).SESSION_ID),
    )

  function storeSome(): void {
    store('alive', -HOUR, HOUR)
    store('ended', -HOUR, HOUR)
    store('ended', -60, HOUR, 'DELETE')
    store('over', -20 * HOUR, -3 * HOUR)
    store('old', -400 * HOUR, HOUR)
  }

  it('are cleaned by the service, and reported', async () => {
    jeton = await startJeton({ engine: 'sqlite' })
    storeSome()
    await jeton.runJob('session cleanup')
    expect(left()).toEqual(['alive', 'ended', 'old'])
    expect(await jsonOf(jeton.jeton.operations, ['status'])).toMatchObject({
      last_purge: { targets: expect.arrayContaining([expect.objectContaining({ target: 'sessions', deleted: 2 })]) },
    })
  })

  it('are purged by the command, which counts them first, by expiry or by age', async () => {
    jeton = await startJeton({ engine: 'sqlite', toml: '[session_data.cleanup]\nenable_expired_data_cleanup = false\n' })
    storeSome()
    const { operations } = jeton.jeton
    const counted = { target: 'sessions', purgeable: 2, by_reason: { expired: 1, logged_out: 1 } }
    expect(await jsonOf(operations, ['purge', 'sessions', '--dry-run'])).toMatchObject({ targets: [counted] })
    expect(await jsonOf(operations, ['purge', 'all', '--dry-run'])).toMatchObject({
      targets: expect.arrayContaining([expect.objectContaining(counted)]),
    })
    expect(await jsonOf(operations, ['purge', 'sessions'])).toMatchObject({ targets: [{ target: 'sessions', deleted: 2, remaining: 0 }] })
    expect(left()).toEqual(['alive', 'ended', 'old'])
    expect(await jsonOf(operations, ['purge', 'sessions', '--session-time', 'created'])).toMatchObject({ targets: [{ by_reason: { expired: 1 } }] })
    expect(left()).toEqual(['alive', 'ended'])
    expect((await runOn(operations, ['purge', 'sessions', '--session-time', 'never'])).code).toBe(2)
  })
})
