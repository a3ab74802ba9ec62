import { StoreUnavailable } from '../../../src/errors/operational-errors.js'
import { createOutageWatch } from '../../../src/main/compose/outage-watch.js'
import { seconds } from '../../../src/model/time.js'

describe('createOutageWatch', () => {
  const away = { type: 'store_unavailable', store: 'database', cause: undefined } as const

  function watch() {
    const database = { timeMs: 1_000_000, isAway: false }
    const recorded: number[][] = []
    const follower = { confirmedAtMs: undefined as number | undefined, heads: () => ({ databaseTimeMs: database.timeMs }) as never }
    const recordOutage = async (began: number, grace: number): Promise<void> => {
      if (database.isAway) throw new StoreUnavailable('database')
      recorded.push([began, grace])
    }
    return { ...createOutageWatch({ heads: { recordOutage }, follower: () => follower }, seconds(10)), database, follower, recorded }
  }

  it('records an outage from when the database last answered, by the clock of the database', async () => {
    const { sink, settle, database, follower, recorded } = watch()
    follower.confirmedAtMs = 9_999_999_999
    sink(away)
    database.timeMs = 1_060_000
    sink(away)
    await settle()
    await settle()
    expect(recorded).toEqual([[1000, 10]])
  })

  it('tries again as long as the database is away', async () => {
    const { sink, settle, database, follower, recorded } = watch()
    follower.confirmedAtMs = 1
    sink(away)
    database.isAway = true
    await expect(settle()).rejects.toThrow(StoreUnavailable)
    database.isAway = false
    await settle()
    expect(recorded).toEqual([[1000, 10]])
  })

  it('records nothing of what came before the first answer of the database, or of another store', async () => {
    const { sink, settle, follower, recorded } = watch()
    sink(away)
    follower.confirmedAtMs = 1
    sink({ ...away, store: 'redis' })
    await settle()
    expect(recorded).toEqual([])
  })
})
