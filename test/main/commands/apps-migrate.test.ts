import { appsMigrate } from '../../../src/main/commands/apps-migrate.js'
import { aClient, aKey, anApplication } from '../../stores/opened-stores.js'
import { createMemoryOperations, createRecorder, jsonOf, runOn } from '../memory-operations.js'

async function createFixture(count: number) {
  const { operations, database } = await createMemoryOperations()
  for (let place = 0; place < count; place += 1)
    await database.clients.create(aClient(`client-${String(place).padStart(4, '0')}`, { tokenType: place % 3 === 0 ? 'JWT' : 'OAUTH' }))
  const kinds = async () => (await database.clients.list('', 10_000)).map(({ tokenType }) => tokenType)
  return { operations, database, kinds }
}

describe('jeton apps migrate', () => {
  it('counts what would be moved, and moves nothing', async () => {
    const { operations, kinds } = await createFixture(450)
    const before = await kinds()
    expect(await jsonOf(operations, ['apps', 'migrate', '--to', 'JWT', '--all', '--dry-run'])).toEqual({
      to: 'JWT',
      dry_run: true,
      finished: true,
      movable: 300,
      unchanged: 150,
    })
    expect(await kinds()).toEqual(before)
  })

  it('moves all, writes no entry, and finds nothing to do afterwards', async () => {
    const { operations, database, kinds } = await createFixture(450)
    await database.applications.create(anApplication('without-keys', { tokenType: 'OAUTH' }))
    expect(await jsonOf(operations, ['apps', 'migrate', '--to', 'JWT', '--all'])).toEqual({
      to: 'JWT',
      dry_run: false,
      finished: true,
      moved: 300,
      unchanged: 150,
    })
    expect(new Set(await kinds())).toEqual(new Set(['JWT']))
    expect(
      (await database.applications.list({ owner: undefined, name: undefined, sortBy: 'name', descending: false, offset: 0, limit: 9 })).applications,
    ).toMatchObject([{ tokenType: 'JWT' }])
    expect(await jsonOf(operations, ['apps', 'migrate', '--to', 'JWT', '--all'])).toMatchObject({ moved: 0, unchanged: 450 })
    expect(await jsonOf(operations, ['apps', 'migrate', '--to', 'OAUTH', '--all'])).toMatchObject({ moved: 450, unchanged: 0 })
    expect(await database.revocations.since(0, 10)).toEqual([])
  })

  it('moves those that are named, and with a client the others of its application', async () => {
    const { operations, database } = await createFixture(3)
    const application = anApplication()
    await database.applications.create(application)
    await database.applications.addKey(application.id, aKey('a', 'PRODUCTION'), aClient('a'))
    await database.applications.addKey(application.id, aKey('b', 'SANDBOX'), aClient('b'))
    expect(await jsonOf(operations, ['apps', 'migrate', '--to', 'OAUTH', 'a', 'client-0001', 'a'])).toMatchObject({
      moved: 2,
      unchanged: 0,
      finished: true,
    })
    const kinds = Object.fromEntries((await database.clients.list('', 9)).map(({ id, tokenType }) => [id, tokenType]))
    expect(kinds).toEqual({ a: 'OAUTH', b: 'OAUTH', 'client-0000': 'JWT', 'client-0001': 'OAUTH', 'client-0002': 'OAUTH' })
    expect(await database.applications.find(application.id)).toMatchObject({ tokenType: 'OAUTH' })
  })

  it('stops between two portions when nobody waits any more, with 1, and goes on the next time', async () => {
    const { operations, kinds } = await createFixture(900)
    const stop = new AbortController()
    const { recorded, output } = createRecorder()
    const given = {
      positionals: [],
      option: (name: string) => (name === 'to' ? 'JWT' : undefined),
      options: () => undefined,
      has: (name: string) => name === 'all',
      stdin: undefined,
      json: true,
      signal: stop.signal,
      folder: '.',
    }
    const stopping = { ...output, stderr: output.stderr }
    const moveApplications: typeof operations.moveApplications = (options) =>
      operations.moveApplications({
        ...options,
        progress(moved) {
          options.progress(moved)
          if (moved > 200) stop.abort()
        },
      })
    expect(await appsMigrate.run({ moveApplications }, given, stopping)).toBe(1)
    const { moved, finished } = JSON.parse(recorded.stdout)
    expect({ moved, finished }).toEqual({ moved: (await kinds()).filter((kind) => kind === 'JWT').length - 300, finished: false })
    expect(moved).toBeLessThan(600)
    expect(await jsonOf(operations, ['apps', 'migrate', '--to', 'JWT', '--all'])).toMatchObject({ moved: 600 - moved, finished: true })
    expect(new Set(await kinds())).toEqual(new Set(['JWT']))
  })

  it('shows a person how far it has come, on one line, and says it in the end', async () => {
    const { operations } = await createFixture(450)
    const { recorded, output } = createRecorder(true)
    const given = {
      positionals: [],
      option: (name: string) => (name === 'to' ? 'JWT' : undefined),
      options: () => undefined,
      has: (name: string) => name === 'all',
      stdin: undefined,
      json: false,
      signal: new AbortController().signal,
      folder: '.',
    }
    expect(await appsMigrate.run(operations, given, output)).toBe(0)
    expect(recorded.stderr.split('\r').filter((part) => part.includes('moved'))).toHaveLength(3)
    expect(recorded.stdout).toBe('moved to JWT: 300; JWT already: 150\n')
  })

  it('moves nothing where one of those that are named is not there', async () => {
    const { operations, kinds } = await createFixture(3)
    const before = await kinds()
    const { code, stdout } = await runOn(operations, ['apps', 'migrate', '--to', 'JWT', 'client-0001', 'nobody', '--json'])
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 1, error: 'not_found' })
    expect(await kinds()).toEqual(before)
  })

  it.each([
    ['no kind', ['--all']],
    ['an unknown kind', ['--to', 'SAML', '--all']],
    ['nothing named', ['--to', 'JWT']],
    ['both', ['--to', 'JWT', '--all', 'client-0001']],
  ])('ends with 2 for %s', async (_, argv) => {
    const { operations } = await createMemoryOperations()
    expect(await runOn(operations, ['apps', 'migrate', ...argv])).toMatchObject({ code: 2, stdout: '' })
  })
})
