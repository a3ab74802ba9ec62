import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { countPurge, type PurgeProgress, runPurge } from '../../src/purge/run-purge.js'
import type { PurgeReport } from '../../src/stores/purge-runs.js'
import type { BatchRequest, PurgeTarget } from '../../src/stores/purge-target.js'

const safePeriod = seconds(7200)

function createFixture(lockMs = 100) {
  let nowMs = 1_763_690_000_000
  const clock = { now: () => epochSeconds(Math.floor(nowMs / 1000)), nowMs: () => nowMs }
  const requests: Pick<BatchRequest, 'limit' | 'after'>[] = []
  const recorded: PurgeReport[] = []
  const places = new Map<string, string>()
  /** Rows of which each batch takes the first that are left; its place is how many went. */
  const createTarget = (name: string, rows: number, changes: Partial<PurgeTarget> = {}): PurgeTarget => {
    let left = rows
    return {
      name,
      count: async () => (left === 0 ? {} : { expired: left }),
      async deleteBatch({ limit, after }) {
        nowMs += 500
        requests.push({ limit, after })
        const gone = Math.min(limit, left)
        left -= gone
        return { deleted: gone === 0 ? {} : { expired: gone }, after: gone < limit ? null : `${rows - left}`, lockMs }
      },
      ...changes,
    }
  }
  const options = {
    batch: 10,
    safePeriod,
    lease: { name: 'purge run', holder: 'me', fence: 1 },
    signal: new AbortController().signal,
    hasTime: () => true,
    clock,
    runs: { place: async (target: string) => places.get(target) ?? null, record: async (report: PurgeReport) => void recorded.push(report) },
    pace: { lockTimeMs: () => 100, overlaps: () => true, rest: async () => undefined },
  }
  return { options, requests, recorded, places, createTarget }
}

describe('a purge', () => {
  it('deletes in batches of a bounded size until the end, and reports and records each target', async () => {
    const { options, requests, recorded, createTarget } = createFixture()
    const outcome = await runPurge([createTarget('tokens', 25), createTarget('grants', 0)], options)
    expect(outcome).toEqual({
      finished: true,
      targets: [
        { target: 'tokens', deleted: 25, byReason: { expired: 25 }, batches: 3, seconds: 1.5, remaining: 0 },
        { target: 'grants', deleted: 0, byReason: {}, batches: 1, seconds: 0.5, remaining: 0 },
      ],
    })
    expect(requests).toEqual([
      { limit: 10, after: null },
      { limit: 10, after: '10' },
      { limit: 10, after: '20' },
      { limit: 10, after: null },
    ])
    expect(recorded).toEqual(outcome.targets)
  })

  it('takes fewer rows where they held their locks for longer than they may', async () => {
    const { options, requests, createTarget } = createFixture(400)
    await runPurge([createTarget('tokens', 250)], { ...options, batch: 1000 })
    expect(requests.slice(0, 3).map(({ limit }) => limit)).toEqual([100, 25, 10])
  })

  it('goes on where the run before had to stop, and then looks at what is before that', async () => {
    const { options, requests, places, createTarget } = createFixture()
    places.set('tokens', '7')
    expect(await runPurge([createTarget('tokens', 15)], options)).toMatchObject({ finished: true, targets: [{ deleted: 15, batches: 3 }] })
    expect(requests.map(({ after }) => after)).toEqual(['7', '10', null])
  })

  it('rests between batches, not after the last, and tells of each', async () => {
    const { options, createTarget } = createFixture()
    const seen: string[] = []
    const rest = async ({ rows, tookMs }: { rows: number; tookMs: number }) => void seen.push(`rest after ${rows} in ${tookMs}`)
    const progress = ({ deleted, limit, seconds }: PurgeProgress) => void seen.push(`${deleted} by ${limit} in ${seconds}`)
    await runPurge([createTarget('tokens', 15)], { ...options, pace: { ...options.pace, rest }, progress })
    expect(seen).toEqual(['10 by 10 in 0.5', 'rest after 10 in 500', '15 by 10 in 1'])
  })

  it('stops after the batch under way when it is aborted, says what is left, and records only what it came to', async () => {
    const { options, recorded, createTarget } = createFixture()
    const stop = new AbortController()
    const outcome = await runPurge([createTarget('tokens', 25), createTarget('grants', 5)], {
      ...options,
      signal: stop.signal,
      progress: () => stop.abort(),
    })
    expect(outcome.finished).toBe(false)
    expect(outcome.targets).toMatchObject([
      { target: 'tokens', deleted: 10, remaining: 15 },
      { target: 'grants', deleted: 0, batches: 0, remaining: 5 },
    ])
    expect(recorded).toEqual(outcome.targets.slice(0, 1))
  })

  it('stops when its time is up, and is not finished then', async () => {
    const { options, createTarget } = createFixture()
    let batches = 0
    const outcome = await runPurge([createTarget('tokens', 25)], { ...options, hasTime: () => batches++ < 2 })
    expect(outcome).toMatchObject({ finished: false, targets: [{ deleted: 20, remaining: 5 }] })
  })

  it('walks through no table a second time only to count what is left', async () => {
    const { options, createTarget } = createFixture()
    const counting = { onRequestOnly: true, count: () => Promise.reject(new Error('counted')) } as const
    expect(await runPurge([createTarget('tokens', 5, counting)], options)).toMatchObject({ targets: [{ remaining: 0 }] })
    const stopped = await runPurge([createTarget('tokens', 5, counting)], { ...options, hasTime: () => false })
    expect(stopped).toMatchObject({ finished: false, targets: [{ remaining: null }] })
  })

  /** Announces where each batch ends before it is committed, which somebody else decides. */
  function createAnnouncing(rows: number) {
    const events: string[] = []
    const commits: (() => void)[] = []
    const failures: ((error: Error) => void)[] = []
    const target: PurgeTarget = {
      name: 'tokens',
      onRequestOnly: true,
      count: async () => ({}),
      async deleteBatch({ limit, after, before, endsAt }) {
        const from = Number(after ?? 0)
        const gone = Math.min(limit, rows - from)
        events.push(`begins ${from}`)
        if (from + gone < rows) endsAt?.(String(from + gone))
        await new Promise<void>((resolve, reject) => {
          commits.push(resolve)
          failures.push(reject)
        })
        await before
        events.push(`commits ${from}`)
        return { deleted: { expired: gone }, after: from + gone < rows ? String(from + gone) : null, lockMs: 100 }
      },
    }
    const settle = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    }
    return { target, events, commits, failures, settle }
  }

  it('has two batches under way, never three, and has them committed in their order', async () => {
    const { options } = createFixture()
    const { target, events, commits, settle } = createAnnouncing(35)
    const purged = runPurge([target], options)
    await settle()
    expect(events).toEqual(['begins 0', 'begins 10'])
    commits[1]?.()
    await settle()
    expect(events).toEqual(['begins 0', 'begins 10'])
    commits[0]?.()
    await settle()
    expect(events).toEqual(['begins 0', 'begins 10', 'commits 0', 'commits 10', 'begins 20', 'begins 30'])
    for (const commit of commits) commit()
    expect(await purged).toMatchObject({ finished: true, targets: [{ deleted: 35, batches: 4 }] })
  })

  it('has the next batch delete when one has deleted, and a third prepared, where a target says so much', async () => {
    const { options } = createFixture()
    const { target, events, commits, settle } = createAnnouncing(45)
    const deletions: (() => void)[] = []
    const telling: PurgeTarget = {
      ...target,
      async deleteBatch({ turn, deleted, ...request }) {
        const committed = target.deleteBatch(request)
        await turn
        await new Promise<void>((resolve) => void deletions.push(resolve))
        events.push(`deletes ${Number(request.after ?? 0)}`)
        deleted?.()
        return committed
      },
    }
    const purged = runPurge([telling], options)
    await settle()
    expect(events.splice(0)).toEqual(['begins 0', 'begins 10'])
    expect(deletions).toHaveLength(1)
    deletions[0]?.()
    await settle()
    expect(events.splice(0)).toEqual(['deletes 0', 'begins 20'])
    deletions[1]?.()
    await settle()
    expect(events.splice(0)).toEqual(['deletes 10'])
    commits[0]?.()
    await settle()
    expect(events.splice(0)).toEqual(['commits 0', 'begins 30'])
    for (let turn = 0; turn < 5; turn++) {
      for (const proceed of [...deletions, ...commits]) proceed()
      await settle()
    }
    expect(await purged).toMatchObject({ finished: true, targets: [{ deleted: 45, batches: 5 }] })
    expect(events.filter((event) => event.startsWith('commits'))).toEqual(['commits 10', 'commits 20', 'commits 30', 'commits 40'])
  })

  it('has one under way at a time where it may not have two', async () => {
    const { options } = createFixture()
    const { target, events, commits, settle } = createAnnouncing(15)
    const purged = runPurge([target], { ...options, pace: { ...options.pace, overlaps: () => false } })
    await settle()
    commits[0]?.()
    await settle()
    commits[1]?.()
    await purged
    expect(events).toEqual(['begins 0', 'commits 0', 'begins 10', 'commits 10'])
  })

  it('commits nothing behind a batch that failed, and is over only when nothing is under way any more', async () => {
    const { options } = createFixture()
    const { target, events, commits, failures, settle } = createAnnouncing(35)
    let isOver = false
    const purged = runPurge([target], options).finally(() => {
      isOver = true
    })
    purged.catch(() => undefined)
    await settle()
    failures[0]?.(new StoreUnavailable('database'))
    await settle()
    expect(isOver).toBe(false)
    commits[1]?.()
    await expect(purged).rejects.toBeInstanceOf(StoreUnavailable)
    expect(events).toEqual(['begins 0', 'begins 10'])
  })

  it('fails with the store, and not silently', async () => {
    const { options, createTarget } = createFixture()
    const broken = createTarget('tokens', 5, { deleteBatch: () => Promise.reject(new StoreUnavailable('database')) })
    await expect(runPurge([broken], options)).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('only counts when it is asked for a count', async () => {
    const { requests, createTarget } = createFixture()
    expect(await countPurge([createTarget('tokens', 25)], safePeriod)).toEqual([{ target: 'tokens', purgeable: { expired: 25 } }])
    expect(requests).toEqual([])
  })
})
