import { epochSeconds } from '../../src/model/time.js'
import { createPace, type PaceLimits } from '../../src/purge/purge-pace.js'

const { signal } = new AbortController()
const BATCH = { rows: 10, tookMs: 0 }

/** A pace that has found out that it is alone. */
async function createAlone(limits: Partial<PaceLimits>) {
  const clock = { now: () => epochSeconds(1), nowMs: () => 1000 }
  const needs = { clock, commits: async () => undefined, wait: async () => undefined, replicationLag: async () => undefined }
  const lease = { name: 'purge run', holder: 'me', fence: 1 }
  const pace = createPace({ pauseMs: 0, yields: true, lockTimeMs: 100, ...limits }, { ...needs, lease, leases: { renew: async () => true } })
  await pace.rest(BATCH, signal)
  return pace
}

describe('the pace of a purge that is alone', () => {
  it('lets two batches be under way', async () => {
    expect((await createAlone({})).overlaps()).toBe(true)
  })

  it.each([{ pauseMs: 50 }, { rate: 1000 }, { maxReplicationLagMs: 2000 }])('lets one be under way where %j asks for rests', async (limits) => {
    expect((await createAlone(limits)).overlaps()).toBe(false)
  })
})
