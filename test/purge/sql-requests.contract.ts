import type { FoundEngine } from '../adapters/prisma/engines.js'
import { createSqlDatabase, insertion, type SqlDatabase, timestamp } from './sql-database.js'
import { timeOf } from './wso2-rows.js'

const MINUTE = 60_000
const SAFE = 120 * MINUTE

/** What the script of an engine does to requests that wait for a user or a client. */
export function describeSqlRequests(found: FoundEngine): void {
  describe(`the script for ${found.engine}, on requests,`, () => {
    let database: SqlDatabase
    let nowMs: number
    const numbers = Array.from({ length: 100 }, (_, n) => n)
    beforeAll(async () => {
      database = await createSqlDatabase(found)
      await database.install()
      nowMs = await timeOf(database.engine, database.sql)
    }, 60_000)
    afterAll(() => database.drop())

    it('deletes device codes that are over, with their scopes', async () => {
      const columns = ['DEVICE_CODE', 'CODE_ID', 'EXPIRY_TIME', 'STATUS']
      const endOf = (n: number) => nowMs - (n % 2 === 0 ? SAFE + 2 * MINUTE : SAFE - 2 * MINUTE)
      const rows = numbers.map((n) => [`d${n}`, `c${n}`, timestamp(endOf(n)), n % 5 === 0 ? 'EXPIRED' : 'PENDING'])
      await database.sql(insertion('IDN_OAUTH2_DEVICE_FLOW', columns, rows))
      const scopes = numbers.map((n) => [`c${n}`, 'openid'])
      await database.sql(insertion('IDN_OAUTH2_DEVICE_FLOW_SCOPES', ['SCOPE_ID', 'SCOPE'], scopes))
      await database.purge()
      const staying = numbers.filter((n) => n % 2 === 1 && n % 5 !== 0)
      expect(await database.column('SELECT DEVICE_CODE FROM IDN_OAUTH2_DEVICE_FLOW')).toEqual(staying.map((n) => `d${n}`).sort())
      expect(await database.column('SELECT SCOPE_ID FROM IDN_OAUTH2_DEVICE_FLOW_SCOPES')).toEqual(staying.map((n) => `c${n}`).sort())
    })

    it('deletes backchannel requests that are answered or over, with their scopes', async () => {
      const states = ['REQUESTED', 'EXPIRED', 'TOKEN_ISSUED', 'FAILED', 'CONSENT_DENIED']
      const stateOf = (n: number) => states[n % 5] ?? ''
      const columns = ['AUTH_CODE_KEY', 'ISSUED_TIME', 'EXPIRES_IN', 'AUTH_REQ_STATUS']
      const issuedAt = (n: number) => timestamp(nowMs - SAFE - (n % 2 === 0 ? 8 : 3) * MINUTE)
      await database.sql(
        insertion(
          'IDN_OAUTH2_CIBA_AUTH_CODE',
          columns,
          numbers.map((n) => [`k${n}`, issuedAt(n), n < 90 ? 300 : 0, stateOf(n)]),
        ),
      )
      const scopes = numbers.map((n) => [`k${n}`, 'openid'])
      await database.sql(insertion('IDN_OAUTH2_CIBA_REQUEST_SCOPES', ['AUTH_CODE_KEY', 'SCOPE'], scopes))
      await database.purge()
      const staying = numbers.filter((n) => ['REQUESTED', 'CONSENT_DENIED'].includes(stateOf(n)) && (n % 2 === 1 || n >= 90))
      const keys = staying.map((n) => `k${n}`).sort()
      for (const table of ['IDN_OAUTH2_CIBA_AUTH_CODE', 'IDN_OAUTH2_CIBA_REQUEST_SCOPES']) {
        expect((await database.column(`SELECT AUTH_CODE_KEY FROM ${table}`)).map((key) => key.trim())).toEqual(keys)
      }
    })

    it('deletes pushed requests that are over', async () => {
      const rows = numbers.map((n) => [`r${n}`, nowMs - (n % 2 === 0 ? SAFE + 2 * MINUTE : SAFE - 2 * MINUTE)])
      await database.sql(insertion('IDN_OAUTH_PAR', ['REQ_URI_REF', 'SCHEDULED_EXPIRY'], rows))
      await database.purge()
      const staying = numbers.filter((n) => n % 2 === 1).map((n) => `r${n}`)
      expect(await database.column('SELECT REQ_URI_REF FROM IDN_OAUTH_PAR')).toEqual(staying.sort())
    })
  })
}
