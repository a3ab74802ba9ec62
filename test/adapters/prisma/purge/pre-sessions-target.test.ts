import { seconds } from '../../../../src/model/time.js'
import { nameOfRow } from '../../../purge/session-log-judge.js'
import { describeOnDatabases, named, purgeAll, SAFE_PERIOD } from './purged-database.js'
import { aRow, databaseNow, insertSessions, readSessions } from './session-rows.js'

const MINUTE = 60
const TABLE = 'IDN_AUTH_TEMP_SESSION_STORE'

describeOnDatabases('Purging what unfinished logins have stored', (of) => {
  it('takes what is older than it may get, the oldest first, and nothing of the session store', async () => {
    const nowNs = await databaseNow(of())
    const old = [70, 60, 50, 41].map((age) => aRow(nowNs, { id: `login-${age}`, age: age * MINUTE, left: 900 }))
    const ended = aRow(nowNs, { id: 'login-60', age: 60 * MINUTE, operation: 'DELETE' })
    const young = aRow(nowNs, { id: 'login-70', age: 39 * MINUTE })
    await insertSessions(of(), [...old, ended, young], TABLE)
    await insertSessions(of(), old)
    const rules = { endedBy: 'nothing', longest: seconds(1), loggedOutAtOnce: false, preSessionsAfter: seconds(40 * MINUTE) } as const
    const targets = (await of().open()).sessionTargets(rules)
    const target = named(targets, 'pre-sessions')
    expect(targets).toEqual([target])
    expect(await target.count({ safePeriod: SAFE_PERIOD })).toEqual({ expired: 5 })
    const lag = (await target.lag?.({ safePeriod: SAFE_PERIOD })) ?? 0
    expect(lag).toBeGreaterThanOrEqual(30 * MINUTE)
    expect(lag).toBeLessThan(31 * MINUTE)
    const { deleted } = await target.deleteBatch({ limit: 2, after: null, safePeriod: SAFE_PERIOD })
    expect(deleted).toEqual({ expired: 2 })
    expect((await readSessions(of(), TABLE)).map(nameOfRow)).toContain(nameOfRow(ended))
    expect(await purgeAll(target, { limit: 2 })).toEqual({ expired: 3 })
    expect((await readSessions(of(), TABLE)).map(nameOfRow)).toEqual([nameOfRow(young)])
    expect(await readSessions(of())).toHaveLength(old.length)
  })
})
