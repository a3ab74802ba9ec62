import { createMemoryDatabase } from '../../../src/adapters/memory/memory-database.js'
import { createSessionCleanup, rulesOfOperator } from '../../../src/main/compose/session-cleanup.js'
import { epochSeconds, seconds } from '../../../src/model/time.js'
import type { PurgeRequest, Purger } from '../../../src/purge/create-purger.js'
import type { PurgeTarget } from '../../../src/stores/purge-target.js'
import type { SessionRules } from '../../../src/stores/session-rules.js'
import { settingsOf } from '../../config/loading.js'

const DAY = 86_400

/** What is asked of the stores and of the purger, on a clock that moves only when told. */
function createFixture(toml: string, { place = null }: { readonly place?: string | null } = {}) {
  const time = { now: 1_763_690_000 }
  const clock = { now: () => epochSeconds(time.now), nowMs: () => time.now * 1000 }
  const { purgeRuns } = createMemoryDatabase(clock, { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  const asked: SessionRules[] = []
  const requests: PurgeRequest[] = []
  const target: PurgeTarget = { name: 'sessions', count: async () => ({}), deleteBatch: async () => ({ deleted: {}, after: null, lockMs: 0 }) }
  const sessionTargets = (rules: SessionRules) => {
    asked.push(rules)
    return rules.endedBy === 'nothing' && !rules.loggedOutAtOnce && rules.preSessionsAfter === undefined ? [] : [target]
  }
  const purge: Purger = async (_targets, request) => {
    requests.push(request)
    const report = { target: target.name, deleted: 1, byReason: { expired: 1 }, batches: 1, seconds: 1, remaining: 0 }
    await purgeRuns.record(report)
    return { finished: true, targets: [report] }
  }
  const stores = { sessionTargets, purgeRuns: { ...purgeRuns, place: async () => place } }
  const job = createSessionCleanup(settingsOf(toml), { stores, clock, purge })
  return { job, asked, requests, time, run: async () => job?.run(new AbortController().signal) }
}

const table = (keys: string): string => `[session_data.cleanup]\n${keys}\n`

describe('The cleaning of sessions in the service', () => {
  it('goes by what the switches and lengths of [session_data.cleanup] say', () => {
    expect(createFixture('').asked).toEqual([{ endedBy: 'expiry', longest: 14 * DAY, loggedOutAtOnce: true, preSessionsAfter: 2400 }])
    const off = 'enable_expired_data_cleanup = false\nenable_pre_session_data_cleanup = false\nexpire_session_data_after = "1d"'
    expect(createFixture(table(off)).asked).toEqual([{ endedBy: 'nothing', longest: DAY, loggedOutAtOnce: true, preSessionsAfter: undefined }])
    const kept = 'clean_logged_out_sessions_at_immediate_cycle = false\nexpire_pre_session_data_after = "1h"'
    expect(createFixture(table(kept)).asked).toEqual([{ endedBy: 'expiry', longest: 14 * DAY, loggedOutAtOnce: false, preSessionsAfter: 3600 }])
  })

  it('is not there with all three switches off; who asks for it by hand gets all of it even so', () => {
    const off = table(
      'enable_expired_data_cleanup = false\nclean_logged_out_sessions_at_immediate_cycle = false\nenable_pre_session_data_cleanup = false',
    )
    expect(createFixture(off).job).toBeUndefined()
    const { sessions } = settingsOf(off)
    expect(rulesOfOperator(sessions, 'expiry')).toEqual({ endedBy: 'expiry', longest: 14 * DAY, loggedOutAtOnce: true, preSessionsAfter: 2400 })
    expect(rulesOfOperator(sessions, 'created')).toMatchObject({ endedBy: 'age' })
  })

  it('is done once in its interval, in chunks as configured, however often servers are begun', async () => {
    const { run, requests, time } = createFixture(table('clean_expired_session_data_every = "2h"\nclean_expired_session_data_in_chunks_of = 512'))
    await run()
    await run()
    expect(requests.map(({ batch }) => batch)).toEqual([512])
    time.now += 7190
    await run()
    expect(requests).toHaveLength(1)
    time.now += 10
    await run()
    expect(requests).toHaveLength(2)
  })

  it('goes on at once where one has ended in the middle', async () => {
    const { run, requests } = createFixture('', { place: 'somewhere' })
    await run()
    await run()
    expect(requests).toHaveLength(2)
  })

  it('is looked for often enough for a short interval, and not by a timer that is too long for Node', () => {
    expect(createFixture(table('clean_expired_session_data_every = "5s"')).job?.everyMs).toBe(5000)
    expect(createFixture(table('clean_expired_session_data_every = "3650d"')).job?.everyMs).toBe(60_000)
  })
})
