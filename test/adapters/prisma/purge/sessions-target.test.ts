import { seconds } from '../../../../src/model/time.js'
import type { DoomedRows } from '../../../../src/stores/purge-target.js'
import type { SessionRules } from '../../../../src/stores/session-rules.js'
import { answersAt, type JudgedSession, judgeSessions, nameOfRow, type SessionVerdict } from '../../../purge/session-log-judge.js'
import { toldRows } from '../../../purge/told-rows.js'
import { describeOnDatabases, letOthers, named, purgeAll, SAFE_PERIOD } from './purged-database.js'
import { aRow, databaseNow, insertBeside, insertSessions, randomSessions, readBeside, readSessions } from './session-rows.js'

const HOUR = 3600
const RULES: SessionRules = { endedBy: 'expiry', longest: seconds(14 * 24 * HOUR), loggedOutAtOnce: true, preSessionsAfter: undefined }
const SAFE_PERIOD_NS = BigInt(SAFE_PERIOD) * 1_000_000_000n

describeOnDatabases('Purging sessions', (of) => {
  const target = async (rules: Partial<SessionRules> = {}) => named((await of().open()).sessionTargets({ ...RULES, ...rules }), 'sessions')
  const left = async () => (await readSessions(of())).map(nameOfRow).sort()

  const variants: readonly (readonly [string, Partial<SessionRules>, number])[] = [
    ['by expiry', {}, 1000],
    ['by expiry, a few at a time', {}, 3],
    ['by expiry, where logged out sessions wait for it', { loggedOutAtOnce: false }, 40],
    ['by age', { endedBy: 'age' }, 40],
    ['that were logged out, and no others', { endedBy: 'nothing' }, 40],
  ]
  it.each(variants)(
    'takes exactly the rows that a judge of each row takes: %s',
    async (_name, rules, limit) => {
      const nowNs = await databaseNow(of())
      const rows = randomSessions(nowNs, 120)
      await insertSessions(of(), rows)
      const verdicts = judgeSessions(rows, { rules: { ...RULES, ...rules }, safePeriodNs: SAFE_PERIOD_NS, nowNs })
      const wanted = countVerdicts(verdicts)
      const sessions = await target(rules)
      expect(await sessions.count({ safePeriod: SAFE_PERIOD })).toEqual(wanted)
      expect(await purgeAll(sessions, { limit })).toEqual(wanted)
      expect(await left()).toEqual(
        [...verdicts]
          .filter(([, verdict]) => verdict === 'stays')
          .map(([name]) => name)
          .sort(),
      )
      expect(await sessions.count({ safePeriod: SAFE_PERIOD })).toEqual({})
    },
    60_000,
  )

  it('changes no answer, now or later, wherever it is interrupted', async () => {
    const nowNs = await databaseNow(of())
    const rows = randomSessions(nowNs, 40, 11)
    await insertSessions(of(), rows)
    const instants = [0, 1, 24, 24 * 15, 24 * 60].map((hours) => nowNs + BigInt(hours * HOUR) * 1_000_000_000n)
    const check = async () => {
      const remaining = await readSessions(of())
      for (const instant of instants) expect(changedAnswers(rows, remaining, instant)).toEqual([])
    }
    await purgeAll(await target(), { limit: 2, afterEach: check })
    expect((await readSessions(of())).length).toBeLessThan(rows.length)
  }, 60_000)

  it('does not bring a session to life that has a later row which is over', async () => {
    const nowNs = await databaseNow(of())
    await insertSessions(of(), [aRow(nowNs, { age: 10 * HOUR, left: 99 * HOUR }), aRow(nowNs, { age: 9 * HOUR, left: -8 * HOUR })])
    const { after } = await (await target()).deleteBatch({ limit: 1, after: null, safePeriod: SAFE_PERIOD })
    expect(await readSessions(of())).toEqual([aRow(nowNs, { age: 9 * HOUR, left: -8 * HOUR })])
    expect(after).not.toBeNull()
  })

  it('takes of two rows of one time the one that the other hides first', async () => {
    const nowNs = await databaseNow(of())
    const hidden = aRow(nowNs, { age: 500 * HOUR, left: 99 * HOUR })
    const hiding = aRow(nowNs, { age: 500 * HOUR, left: 99 * HOUR, operation: 'DELETE' })
    await insertSessions(of(), [hiding, hidden])
    expect(await purgeAll(await target(), { limit: 1 })).toEqual({})
    const { deleted } = await (await target({ endedBy: 'age' })).deleteBatch({ limit: 1, after: null, safePeriod: SAFE_PERIOD })
    expect([deleted, await readSessions(of())]).toEqual([{ expired: 1 }, [hiding]])
  })

  it('takes what stands beside a session with its last row, and nothing of a session that has a row of another type', async () => {
    const nowNs = await databaseNow(of())
    const over = { age: 10 * HOUR, left: -9 * HOUR }
    await insertSessions(of(), [
      aRow(nowNs, { id: 'ended', ...over }),
      aRow(nowNs, { id: 'half', ...over }),
      aRow(nowNs, { id: 'half', type: 'another' }),
      aRow(nowNs, { id: 'alive' }),
    ])
    for (const id of ['alive', 'ended', 'half']) await insertBeside(of(), id)
    const kept: DoomedRows[] = []
    const keep = async (rows: readonly DoomedRows[]) => void kept.push(...rows)
    expect(await purgeAll(await target(), { limit: 1, keep })).toEqual({ expired: 2 })
    expect(await readBeside(of())).toEqual(Array.from({ length: 4 }, () => ['alive', 'half']))
    expect(
      toldRows(kept)
        .map(({ table, values }) => `${table} ${values.SESSION_ID}`)
        .sort(),
    ).toEqual([
      'IDN_AUTH_SESSION_APP_INFO ended',
      'IDN_AUTH_SESSION_META_DATA ended',
      'IDN_AUTH_SESSION_STORE ended',
      'IDN_AUTH_SESSION_STORE half',
      'IDN_AUTH_USER_SESSION_MAPPING ended',
      'IDN_FED_AUTH_SESSION_MAPPING ended',
    ])
  })

  it('does nothing where the rows cannot be kept', async () => {
    const nowNs = await databaseNow(of())
    await insertSessions(of(), [aRow(nowNs, { age: 10 * HOUR, left: -9 * HOUR })])
    await insertBeside(of(), 'session-1')
    const keep = async (rows: readonly DoomedRows[]) => {
      if (rows.some(({ table }) => table === 'IDN_AUTH_SESSION_META_DATA')) throw new TypeError('the disk is full')
    }
    await expect(purgeAll(await target(), { limit: 10, keep })).rejects.toThrow('the disk is full')
    expect(await readSessions(of())).toHaveLength(1)
    expect(await readBeside(of())).toEqual(Array.from({ length: 4 }, () => ['session-1']))
  })

  it('says how long the oldest row has waited', async () => {
    const nowNs = await databaseNow(of())
    const sessions = await target()
    expect(await sessions.lag?.({ safePeriod: SAFE_PERIOD })).toBe(0)
    await insertSessions(of(), [aRow(nowNs, { age: 10 * HOUR, left: -5 * HOUR })])
    const lag = (await sessions.lag?.({ safePeriod: SAFE_PERIOD })) ?? 0
    expect(lag).toBeGreaterThanOrEqual(3 * HOUR)
    expect(lag).toBeLessThan(3 * HOUR + 60)
    expect(await (await target({ endedBy: 'age' })).lag?.({ safePeriod: SAFE_PERIOD })).toBe(0)
  })

  it('loses nothing of a session that is stored again while its old rows go', async () => {
    const nowNs = await databaseNow(of())
    const sessions = await target()
    const ids = Array.from({ length: 15 }, (_, number) => `session-${number}`)
    await insertSessions(
      of(),
      ids.map((id) => aRow(nowNs, { id, age: 10 * HOUR, left: -9 * HOUR })),
    )
    const again = async () => {
      for (const id of ids) {
        await insertSessions(of(), [aRow(nowNs, { id, age: 5 })])
        await insertBeside(of(), id)
        await insertSessions(of(), [aRow(nowNs, { id, age: 4 })])
      }
    }
    const ending = new AbortController()
    const purgeOn = async () => {
      while (!ending.signal.aborted) await purgeAll(sessions, { limit: 4, afterEach: letOthers })
    }
    await Promise.all([again().finally(() => ending.abort()), purgeOn()])
    await purgeAll(sessions, { limit: 4 })
    expect(await left()).toEqual(ids.map((id) => nameOfRow(aRow(nowNs, { id, age: 4 }))).sort())
    expect(await readBeside(of())).toEqual(Array.from({ length: 4 }, () => [...ids].sort()))
  }, 60_000)
})

function countVerdicts(verdicts: ReadonlyMap<string, SessionVerdict>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const verdict of verdicts.values()) if (verdict !== 'stays') counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}

/** Sessions about which a server could answer something now that it could not have answered before. */
function changedAnswers(before: readonly JudgedSession[], after: readonly JudgedSession[], instant: bigint): readonly string[] {
  const longestNs = BigInt(RULES.longest) * 1_000_000_000n
  const [were, are] = [answersAt(before, instant, longestNs), answersAt(after, instant, longestNs)]
  return [...were].flatMap(([name, possible]) =>
    [...(are.get(name) ?? ['none'])].filter((answer) => !possible.has(answer)).map((answer) => `${name}: ${answer}`),
  )
}
