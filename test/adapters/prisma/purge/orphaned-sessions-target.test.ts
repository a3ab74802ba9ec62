import { seconds } from '../../../../src/model/time.js'
import type { PurgeTarget } from '../../../../src/stores/purge-target.js'
import { describeOnDatabases, named, purgeAll, SAFE_PERIOD } from './purged-database.js'
import { aRow, databaseNow, insertBeside, insertSessions, readBeside } from './session-rows.js'

const RULES = { endedBy: 'expiry', longest: seconds(1_209_600), loggedOutAtOnce: true, preSessionsAfter: undefined } as const
const inEachTable = (...ids: readonly string[]) => Array.from({ length: 4 }, () => ids)

describeOnDatabases('Purging what stands beside sessions that are gone', (of) => {
  const openTarget = async (): Promise<PurgeTarget> => named((await of().open()).sessionTargets(RULES), 'orphaned session data')
  const later = (length: number) => of().sql(`UPDATE JETON_ORPHANED_SESSION SET FOUND_AT = FOUND_AT - ${length}`)

  it('finds it in one run, and takes it in a run that comes a safe period later', async () => {
    await insertSessions(of(), [aRow(await databaseNow(of()), { id: 'alive' })])
    for (const id of ['alive', 'gone', 'lost']) await insertBeside(of(), id)
    const target = await openTarget()
    expect(await target.count({ safePeriod: SAFE_PERIOD })).toEqual({})
    expect(await purgeAll(target, { limit: 8 })).toEqual({})
    await later(SAFE_PERIOD - 60)
    expect(await purgeAll(target, { limit: 8 })).toEqual({})
    expect(await readBeside(of())).toEqual(inEachTable('alive', 'gone', 'lost'))
    await later(120)
    await insertBeside(of(), 'late')
    expect(await target.count({ safePeriod: SAFE_PERIOD })).toEqual({ orphaned: 8 })
    expect(await purgeAll(target, { limit: 8 })).toEqual({ orphaned: 8 })
    expect(await readBeside(of())).toEqual(inEachTable('alive', 'late'))
    expect((await of().sql('SELECT SESSION_ID FROM JETON_ORPHANED_SESSION')).map((row) => row.SESSION_ID)).toEqual(['late'])
  })

  it('takes nothing of a session whose row came after it', async () => {
    const nowNs = await databaseNow(of())
    await insertSessions(of(), [aRow(nowNs, { id: 'alive' })])
    await insertBeside(of(), 'slow')
    const target = await openTarget()
    await purgeAll(target, { limit: 100 })
    await insertSessions(of(), [aRow(nowNs, { id: 'slow' })])
    await later(SAFE_PERIOD + 60)
    expect(await target.count({ safePeriod: SAFE_PERIOD })).toEqual({})
    expect(await purgeAll(target, { limit: 100 })).toEqual({})
    expect(await readBeside(of())).toEqual(inEachTable('slow'))
    expect(await of().sql('SELECT SESSION_ID FROM JETON_ORPHANED_SESSION')).toEqual([])
  })

  it('takes nothing where the session store is empty, since the sessions may be in another database', async () => {
    const nowNs = await databaseNow(of())
    await insertBeside(of(), 'somebody')
    await insertSessions(of(), [aRow(nowNs)])
    const target = await openTarget()
    await purgeAll(target, { limit: 100 })
    await later(SAFE_PERIOD + 60)
    await of().sql('DELETE FROM IDN_AUTH_SESSION_STORE')
    expect(await target.count({ safePeriod: SAFE_PERIOD })).toEqual({})
    expect(await purgeAll(target, { limit: 100 })).toEqual({})
    expect(await readBeside(of())).toEqual(inEachTable('somebody'))
  })
})
