import { seconds } from '../../src/model/time.js'
import type { FoundEngine } from '../adapters/prisma/engines.js'
import { judgeSessions, nameOfRow } from './session-log-judge.js'
import { insertSessions, sessionRows } from './session-rows.js'
import { createSqlDatabase, insertion, type SqlDatabase } from './sql-database.js'
import { timeOf } from './wso2-rows.js'

const MINUTE_NS = 60_000_000_000n

/** What the script of an engine does to sessions, and how it gets on with whoever else is at work. */
export function describeSqlSessions(found: FoundEngine): void {
  describe(`the script for ${found.engine}, on sessions,`, () => {
    let database: SqlDatabase
    beforeAll(async () => {
      database = await createSqlDatabase(found)
      await database.install()
    }, 60_000)
    beforeEach(() => database.empty())
    afterAll(() => database.drop())
    const now = async () => BigInt(await timeOf(database.engine, database.sql)) * 1_000_000n

    it('deletes of the sessions what can change no answer, and their mappings with the last row', async () => {
      const nowNs = await now()
      const rows = sessionRows(nowNs)
      await insertSessions(database, 'IDN_AUTH_SESSION_STORE', rows)
      await insertSessions(database, 'IDN_AUTH_TEMP_SESSION_STORE', rows)
      const ids = [...new Set(rows.map(({ id }) => id))]
      await insertMappings(database, ids)
      await database.purge()
      const verdicts = judgeSessions(rows, {
        rules: { endedBy: 'expiry', longest: seconds(14 * 86_400), loggedOutAtOnce: true },
        safePeriodNs: 120n * MINUTE_NS,
        nowNs,
      })
      const kept = rows.filter((row) => verdicts.get(nameOfRow(row)) === 'stays')
      const young = rows.filter(({ createdNs }) => createdNs > nowNs - 40n * MINUTE_NS)
      const keys = "SELECT CONCAT(SESSION_ID, ' ', SESSION_TYPE, ' ', TIME_CREATED, ' ', OPERATION) FROM"
      expect(Math.min(kept.length, young.length)).toBeGreaterThan(50)
      expect(await database.column(`${keys} IDN_AUTH_SESSION_STORE`)).toEqual(kept.map(nameOfRow).sort())
      expect(await database.column(`${keys} IDN_AUTH_TEMP_SESSION_STORE`)).toEqual(young.map(nameOfRow).sort())
      const living = ids.filter((id) => kept.some((row) => row.id === id)).sort()
      expect(living.length).toBeLessThan(ids.length)
      for (const table of MAPPINGS) expect(await database.column(`SELECT SESSION_ID FROM ${table}`)).toEqual(living)
    })

    it('deletes a mapping without a session in a later run only, unless the session came', async () => {
      const store = async (id: string) => {
        const createdNs = await now()
        await insertSessions(database, 'IDN_AUTH_SESSION_STORE', [{ id, type: 'a', operation: 'STORE', createdNs, expiresNs: null }])
      }
      const beside = () => database.column('SELECT SESSION_ID FROM IDN_AUTH_SESSION_META_DATA')
      await store('here')
      await insertMappings(database, ['here', 'late', 'lost'])
      for (const _ of ['finds them', 'leaves them']) {
        await database.purge()
        expect(await beside()).toEqual(['here', 'late', 'lost'])
      }
      await database.sql('UPDATE JETON_ORPHANED_SESSION SET FOUND_AT = FOUND_AT - 10800')
      await store('late')
      await database.purge()
      for (const table of MAPPINGS) expect(await database.column(`SELECT SESSION_ID FROM ${table}`)).toEqual(['here', 'late'])
    })

    it('leaves mappings alone where no session is stored at all, since they may be elsewhere', async () => {
      await insertMappings(database, ['elsewhere'])
      await database.purge()
      expect(await database.column('SELECT SESSION_ID FROM JETON_ORPHANED_SESSION')).toEqual([])
    })
  })
}

const MAPPINGS = ['IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO', 'IDN_AUTH_SESSION_META_DATA', 'IDN_FED_AUTH_SESSION_MAPPING']

async function insertMappings({ sql }: SqlDatabase, ids: readonly string[]): Promise<void> {
  await sql(
    insertion(
      'IDN_AUTH_USER_SESSION_MAPPING',
      ['USER_ID', 'SESSION_ID'],
      ids.map((id) => ['u', id]),
    ),
  )
  const appColumns = ['SESSION_ID', 'SUBJECT', 'APP_ID', 'INBOUND_AUTH_TYPE']
  await sql(
    insertion(
      'IDN_AUTH_SESSION_APP_INFO',
      appColumns,
      ids.map((id) => [id, 'u', 1, 'oauth2']),
    ),
  )
  await sql(
    insertion(
      'IDN_AUTH_SESSION_META_DATA',
      ['SESSION_ID', 'PROPERTY_TYPE', 'VALUE'],
      ids.map((id) => [id, 'IP', '::1']),
    ),
  )
  await sql(
    insertion(
      'IDN_FED_AUTH_SESSION_MAPPING',
      ['IDP_SESSION_ID', 'SESSION_ID', 'IDP_NAME'],
      ids.map((id) => [`i${id}`, id, 'idp']),
    ),
  )
}
