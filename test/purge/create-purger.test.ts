import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import type { BusinessEvent } from '../../src/model/event.js'
import { grantId } from '../../src/model/ids.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { createPurger, type PurgeRequest } from '../../src/purge/create-purger.js'
import type { BatchRequest } from '../../src/stores/purge-target.js'
import { StillClock } from '../still-clock.js'
import { aStep, KEEP_AFTER_EXPIRY, MAX_CLOCK_SKEW } from '../stores/opened-stores.js'

/** What a database says each time of its transactions where others are at work. */
const MANY = Array.from({ length: 50 }, (_, time) => time * 1000)

/** A database with expired grants, and the means to purge it from a machine whose clock is `askew` seconds off. */
async function createFixture({ grants = 5, askew = 0, batchMs = 0 } = {}) {
  const clock = new StillClock()
  const database = createMemoryDatabase(clock, { keepAfterExpiry: KEEP_AFTER_EXPIRY, maxClockSkew: MAX_CLOCK_SKEW })
  for (let index = 0; index < grants; index++) {
    await database.grants.advance(aStep({ grantId: grantId(`g-${index}`), lifetime: seconds(10), presentedExpiresAt: epochSeconds(1) }))
  }
  clock.advance(86_400)
  const [waits, events]: [number[], BusinessEvent[]] = [[], []]
  let workedMs = 0
  const targets = database.purgeTargets.map((target) => ({
    ...target,
    deleteBatch: (request: BatchRequest) => {
      workedMs += batchMs
      return target.deleteBatch(request)
    },
  }))
  let lags: (number | undefined)[] = []
  let commits: (number | undefined)[] = []
  const parts = {
    leases: database.leases,
    heads: database.heads,
    runs: database.purgeRuns,
    replicationLag: async () => lags.shift(),
    commits: async () => commits.shift(),
    events: (event: BusinessEvent) => void events.push(event),
    clock: { now: () => epochSeconds(clock.now() + askew), nowMs: () => clock.nowMs() + askew * 1000 + workedMs },
    wait: async (ms: number) => {
      waits.push(ms)
      clock.advance(Math.ceil(ms / 1000))
    },
  }
  const limits = { batch: 2, lockTimeMs: 100, safePeriod: seconds(7200), pauseMs: 0, yields: true }
  const purgeAs =
    (holder: string) =>
    (changes: Partial<PurgeRequest> = {}) =>
      createPurger({ ...parts, holder })(targets, { ...limits, signal: new AbortController().signal, ...changes })
  return {
    database,
    clock,
    waits,
    events,
    purge: purgeAs('me'),
    purgeAs,
    setLags: (next: typeof lags) => (lags = next),
    setCommits: (next: typeof commits) => (commits = next),
  }
}

const grantsOf = (outcome: { readonly targets: readonly { readonly target: string; readonly deleted: number }[] }) =>
  outcome.targets.find(({ target }) => target === 'grants')?.deleted

describe('whoever purges', () => {
  it('does it under a lease, and gives that back', async () => {
    const { purge, database } = await createFixture()
    expect(grantsOf(await purge())).toBe(5)
    expect(await database.leases.take('purge run', 'other', seconds(1))).toBeDefined()
  })

  it('is refused while another one does, and leaves everything to that one', async () => {
    const { purge, purgeAs } = await createFixture()
    let second: unknown
    const outcome = await purge({ progress: () => (second ??= purgeAs('other')().catch((error: unknown) => error)) })
    expect(grantsOf(outcome)).toBe(5)
    expect(await second).toMatchObject({ code: 'purge_running' })
  })

  it('can begin a minute after another one has died', async () => {
    const { database, clock, purge } = await createFixture()
    await database.leases.take('purge run', 'dead', seconds(60))
    await expect(purge()).rejects.toMatchObject({ code: 'purge_running' })
    clock.advance(61)
    expect(grantsOf(await purge())).toBe(5)
  })

  it('commits nothing more when its lease went to another one', async () => {
    const { database, clock, purge } = await createFixture()
    const pause = async () => {
      clock.advance(61)
      await database.leases.take('purge run', 'other', seconds(60))
    }
    let batches = 0
    const run = purge({
      progress: ({ target }) => {
        if (target === 'grants' && ++batches === 1) void pause()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'purge_superseded' })
    expect(await database.purgeTargets.find(({ name }) => name === 'grants')?.count({ safePeriod: seconds(0) })).toEqual({ expired: 3 })
  })

  it.each([-86_400, 3601, 86_400])('refuses to begin with a clock that is %i seconds off', async (askew) => {
    const { purge, database } = await createFixture({ askew })
    await expect(purge()).rejects.toMatchObject({ code: 'clock_differs' })
    expect(await database.purgeTargets.find(({ name }) => name === 'grants')?.count({ safePeriod: seconds(0) })).toEqual({ expired: 5 })
    expect(await database.leases.take('purge run', 'other', seconds(1))).toBeDefined()
  })

  it('bears a clock that is a little off', async () => {
    const { purge } = await createFixture({ askew: 3599 })
    expect(grantsOf(await purge())).toBe(5)
  })

  it('takes no more rows a second than it is told', async () => {
    const { purge, clock } = await createFixture({ grants: 20 })
    const began = clock.now()
    expect(grantsOf(await purge({ rate: 1 }))).toBe(20)
    expect(clock.now() - began).toBeGreaterThanOrEqual(19)
  })

  it('keeps its lease through a pause that is longer', async () => {
    const { purge, waits } = await createFixture()
    expect(grantsOf(await purge({ pauseMs: 100_000 }))).toBe(5)
    expect(Math.max(...waits)).toBeLessThan(60_000)
  })

  it('stops when its time is up', async () => {
    const { purge } = await createFixture()
    const outcome = await purge({ pauseMs: 1000, deadlineMs: 1500 })
    expect(outcome.finished).toBe(false)
    expect(grantsOf(outcome)).toBe(4)
  })

  it('waits for replicas that are too far behind, and not for those that say nothing', async () => {
    const { purge, waits, setLags } = await createFixture()
    setLags([5, 3, 1, undefined])
    expect(grantsOf(await purge({ maxReplicationLagMs: 2000 }))).toBe(5)
    expect(waits).toEqual([1000, 1000])
  })

  it('goes on without a rest where the database does not tell of others, rests beside them, and not where it is told not to', async () => {
    for (const [commits, yields, rests] of [
      [[], true, 0],
      [MANY, true, 10],
      [MANY, false, 0],
    ] as const) {
      const { purge, waits, setCommits } = await createFixture({ grants: 21, batchMs: 100 })
      setCommits([...commits])
      expect(grantsOf(await purge({ yields }))).toBe(21)
      expect(waits.filter((ms) => ms === 200)).toHaveLength(rests)
    }
  })

  it('tells of each batch, and of each target at the end', async () => {
    const { purge, events } = await createFixture()
    await purge()
    const ofGrants = events.filter((event) => 'target' in event && event.target === 'grants')
    expect(ofGrants.map(({ type }) => type)).toEqual(['purge_batch', 'purge_batch', 'purge_batch', 'purged'])
    expect(ofGrants[0]).toMatchObject({ byReason: { expired: 2 }, limit: 2 })
    expect(ofGrants.at(-1)).toMatchObject({ deleted: 5 })
  })
})
