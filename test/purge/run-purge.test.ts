import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { epochSeconds } from '../../src/model/time.js'
import { estimatePurge, runPurge } from '../../src/purge/run-purge.js'
import type { PurgeReport } from '../../src/stores/purge-runs.js'

function createFixture() {
  let nowMs = 1_763_690_000_000
  const clock = { now: () => epochSeconds(Math.floor(nowMs / 1000)), nowMs: () => nowMs }
  const limits: number[] = []
  const createTarget = (name: string, rows: number) => {
    let left = rows
    return {
      name,
      estimate: async () => left,
      async deleteBatch(limit: number) {
        nowMs += 500
        limits.push(limit)
        const gone = Math.min(limit, left)
        left -= gone
        return gone
      },
    }
  }
  const recorded: PurgeReport[] = []
  const record = async (report: PurgeReport) => void recorded.push(report)
  return { clock, limits, recorded, record, createTarget, signal: new AbortController().signal }
}

describe('a purge', () => {
  it('deletes in batches of a bounded size until one is not full, and reports and records each target', async () => {
    const { clock, limits, recorded, record, createTarget, signal } = createFixture()
    const outcome = await runPurge([createTarget('tokens', 25), createTarget('grants', 0)], { batch: 10, signal, clock, record })
    expect(outcome).toEqual({
      finished: true,
      targets: [
        { target: 'tokens', deleted: 25, batches: 3, seconds: 1.5, remaining: 0 },
        { target: 'grants', deleted: 0, batches: 1, seconds: 0.5, remaining: 0 },
      ],
    })
    expect(limits).toEqual([10, 10, 10, 10])
    expect(recorded).toEqual(outcome.targets)
  })

  it('looks once more after a last batch that was just full', async () => {
    const { clock, record, createTarget, signal } = createFixture()
    const { targets } = await runPurge([createTarget('tokens', 20)], { batch: 10, signal, clock, record })
    expect(targets).toMatchObject([{ deleted: 20, batches: 3 }])
  })

  it('pauses between batches, not after the last', async () => {
    const { clock, record, createTarget, signal } = createFixture()
    const seen: string[] = []
    const options = {
      batch: 10,
      signal,
      clock,
      record,
      pause: async () => void seen.push('pause'),
      progress: (_: string, deleted: number) => void seen.push(`${deleted}`),
    }
    await runPurge([createTarget('tokens', 15)], options)
    expect(seen).toEqual(['10', 'pause', '15'])
  })

  it('stops after the batch under way when it is aborted, says what is left, and records only what it came to', async () => {
    const { clock, recorded, record, createTarget } = createFixture()
    const stop = new AbortController()
    const options = { batch: 10, signal: stop.signal, clock, record, progress: () => stop.abort() }
    const outcome = await runPurge([createTarget('tokens', 25), createTarget('grants', 5)], options)
    expect(outcome.finished).toBe(false)
    expect(outcome.targets).toMatchObject([
      { target: 'tokens', deleted: 10, remaining: 15 },
      { target: 'grants', deleted: 0, batches: 0, remaining: 5 },
    ])
    expect(recorded).toEqual(outcome.targets.slice(0, 1))
  })

  it('fails with the store, and not silently', async () => {
    const { clock, record, signal } = createFixture()
    const broken = {
      name: 'tokens',
      estimate: async () => 0,
      async deleteBatch(): Promise<number> {
        throw new StoreUnavailable('database')
      },
    }
    await expect(runPurge([broken], { batch: 10, signal, clock, record })).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('only counts when it is asked for an estimate', async () => {
    const { limits, createTarget } = createFixture()
    expect(await estimatePurge([createTarget('tokens', 25)])).toEqual([{ target: 'tokens', purgeable: 25 }])
    expect(limits).toEqual([])
  })
})
