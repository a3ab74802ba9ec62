import type { FoundEngine } from '../adapters/prisma/engines.js'
import { layOut } from '../adapters/prisma/partitions/lay-out.js'
import type { ServerDatabase } from '../adapters/prisma/server-database.js'
import { everyToken, insertTokens, STATES } from './every-token.js'
import { insertSessions, sessionRows } from './session-rows.js'
import { createSqlDatabase, insertion, type SqlDatabase, timestamp } from './sql-database.js'
import { judgeCode, judgeToken } from './wso2-judge.js'
import { insertRows, judgeRows, timeOf } from './wso2-rows.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** What the script of an engine deletes is, row by row, what a judge says who knows nothing of SQL. */
export function describeSqlPurging(found: FoundEngine, layout: 'plain' | 'partitioned' = 'plain'): void {
  describe(`the script for ${found.engine}, on ${layout} tables,`, () => {
    let database: SqlDatabase
    beforeAll(async () => {
      database = await createSqlDatabase(found, layout === 'plain' ? undefined : divide)
    }, 60_000)
    beforeEach(async () => {
      await database.empty()
      await database.install()
    })
    afterAll(() => database.drop())
    const now = () => timeOf(database.engine, database.sql)

    it("deletes of WSO2's tokens what may go, with their scopes, and keeps it in the audit", async () => {
      for (const statement of insertRows(database.engine, { count: 300 })) await database.sql(statement)
      const verdicts = await judgeRows(database.engine, database.sql)
      const stays = [...verdicts].filter(([, verdict]) => verdict === 'stays').map(([id]) => id)
      await database.purge()
      expect(await database.column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN')).toEqual(stays.sort())
      expect(await database.column('SELECT DISTINCT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE')).toEqual(stays)
      expect(await database.column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT')).toHaveLength(300 - stays.length)
      expect(await database.column('SELECT DISTINCT TOKEN_STATE FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT')).toEqual(['EXPIRED', 'INACTIVE', 'REVOKED'])
      expect(await database.column("SELECT DELETED FROM JETON_SQL_RUN WHERE TARGET = 'tokens'")).toEqual([String(300 - stays.length)])
    })

    it('decides about every state with every pair of lifetimes as the judge does, of tokens and of codes', async () => {
      const nowMs = await now()
      const tokens = everyToken(nowMs)
      await insertTokens(database, tokens)
      const codes = [...tokens]
        .filter((_, n) => n % 3 === 0)
        .flatMap(([id, token], n) => [
          {
            id: `c${n}`,
            tokenId: id,
            code: { state: n % 2 ? 'INACTIVE' : 'ACTIVE', issuedAtMs: token.issuedAtMs, lifetimeMs: BigInt(5 * MINUTE), token },
          },
          { id: `d${n}`, tokenId: null, code: { ...token, token: undefined } },
        ])
      const columns = ['CODE_ID', 'TOKEN_ID', 'STATE', 'TIME_CREATED', 'VALIDITY_PERIOD']
      const rows = codes.map(({ id, tokenId, code }) => [id, tokenId, code.state, timestamp(code.issuedAtMs), code.lifetimeMs])
      await database.sql(insertion('IDN_OAUTH2_AUTHORIZATION_CODE', columns, rows))
      await database.sql(
        insertion(
          'IDN_OAUTH2_AUTHZ_CODE_SCOPE',
          ['CODE_ID', 'SCOPE'],
          codes.map(({ id }) => [id, 'openid']),
        ),
      )
      await database.purge()
      const staying = [...tokens].filter(([, token]) => judgeToken(token, nowMs) === 'stays').map(([id]) => id)
      const codesStaying = codes.filter(({ code }) => judgeCode(code, nowMs) === 'stays').map(({ id }) => id)
      expect(staying.length).toBeGreaterThan(100)
      expect(await database.column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN')).toEqual(staying.sort())
      expect(await database.column('SELECT CODE_ID FROM IDN_OAUTH2_AUTHORIZATION_CODE')).toEqual(codesStaying.sort())
      expect(await database.column('SELECT CODE_ID FROM IDN_OAUTH2_AUTHZ_CODE_SCOPE')).toEqual(codesStaying)
    })

    it("goes by PURGE_AFTER where a row is Jeton's, whatever its state", async () => {
      const [nowMs, long] = [await now(), 99_999_999_999_990n]
      const token = { lifetimeMs: long, refreshLifetimeMs: long, hasRefreshToken: true, issuedAtMs: nowMs, refreshIssuedAtMs: nowMs }
      await insertTokens(
        database,
        new Map(STATES.flatMap((state, n) => [[`old${n}`, { ...token, state }] as const, [`new${n}`, { ...token, state }] as const])),
      )
      const seconds = Math.floor(nowMs / 1000)
      await database.sql(`UPDATE IDN_OAUTH2_ACCESS_TOKEN SET JETON_GRANT_ID = TOKEN_ID,
        PURGE_AFTER = CASE WHEN TOKEN_ID LIKE 'old%' THEN ${seconds - 60} ELSE ${seconds + 600} END`)
      await database.purge()
      expect(await database.column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN')).toEqual(STATES.map((_, n) => `new${n}`))
      expect(await database.column("SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WHERE TOKEN_STATE = 'EXPIRED'")).toEqual(['old0', 'old2'])
    })

    it('marks stored tokens before the entries that hit them leave the log, and says how far it has gaps', async () => {
      const nowMs = await now()
      const seconds = Math.floor(nowMs / 1000)
      const alive = {
        state: 'ACTIVE',
        lifetimeMs: BigInt(DAY),
        refreshLifetimeMs: BigInt(DAY),
        hasRefreshToken: true,
        issuedAtMs: nowMs,
        refreshIssuedAtMs: nowMs,
      }
      await insertTokens(database, new Map(['byid', 'bygrant', 'bysubject', 'later', 'other'].map((id) => [id, alive])))
      await database.sql(`UPDATE IDN_OAUTH2_ACCESS_TOKEN SET JETON_GRANT_ID = TOKEN_ID, JETON_GRANT_TIME = CASE WHEN TOKEN_ID = 'later' THEN 900 ELSE 100 END,
        SUBJECT_IDENTIFIER = CASE WHEN TOKEN_ID IN ('bysubject', 'later') THEN 's' ELSE 'x' END, USER_TYPE = 'APPLICATION_USER', PURGE_AFTER = ${seconds + 600}`)
      const [old, young, over, open] = [seconds - 3700, seconds - 3500, seconds - 60, seconds + 600]
      await database.sql(
        insertion(
          'JETON_REVOCATION',
          ['SEQ', 'KIND', 'ID', 'CUTOFF', 'EXPIRES', 'CREATED_AT', 'PURGE_AFTER'],
          [
            [1, 'token', 'byid', null, over, old, over],
            [2, 'grant', 'bygrant', null, over, old, over],
            [3, 'subject', 's', 500, over, old, over],
            [4, 'token', 'other', null, open, old, open],
            [5, 'client', 'nobody', 500, over, old, over],
            [6, 'token', 'other', null, over, young, over],
          ],
        ),
      )
      const grants = ['GRANT_ID', 'GENERATION', 'ROTATED_AT', 'EXPIRES_AT', 'PURGE_AFTER']
      await database.sql(
        insertion('JETON_GRANT', grants, [
          ['over', 1, 1, 1, over],
          ['open', 1, 1, 1, open],
        ]),
      )
      await database.purge()
      expect(await database.column('SELECT SEQ FROM JETON_REVOCATION')).toEqual(['4', '6'])
      expect(await database.column('SELECT TRIMMED_TO FROM JETON_HEAD')).toEqual(['5'])
      expect(await database.column("SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_STATE = 'REVOKED'")).toEqual([
        'bygrant',
        'byid',
        'bysubject',
      ])
      expect(await database.column('SELECT GRANT_ID FROM JETON_GRANT')).toEqual(['open'])
    })

    it.each([
      ['client', 'wso2'],
      ['all', ''],
    ])('marks what an entry for %s hits', async (kind, id) => {
      const nowMs = await now()
      const seconds = Math.floor(nowMs / 1000)
      const alive = {
        state: 'ACTIVE',
        lifetimeMs: BigInt(DAY),
        refreshLifetimeMs: BigInt(DAY),
        hasRefreshToken: true,
        issuedAtMs: nowMs,
        refreshIssuedAtMs: nowMs,
      }
      await insertTokens(database, new Map(['before', 'after'].map((token) => [token, alive])))
      await database.sql(`UPDATE IDN_OAUTH2_ACCESS_TOKEN SET JETON_GRANT_ID = TOKEN_ID, JETON_GRANT_TIME = CASE TOKEN_ID WHEN 'after' THEN 900 ELSE 100 END,
        PURGE_AFTER = ${seconds + 600}`)
      const columns = ['SEQ', 'KIND', 'ID', 'CUTOFF', 'EXPIRES', 'CREATED_AT', 'PURGE_AFTER']
      await database.sql(insertion('JETON_REVOCATION', columns, [[1, kind, id, 500, seconds - 60, seconds - 3700, seconds - 60]]))
      await database.purge()
      expect(await database.column("SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_STATE = 'REVOKED'")).toEqual(['before'])
      expect(await database.column('SELECT SEQ FROM JETON_REVOCATION')).toEqual([])
    })

    it("deletes from the audit what its own retention has ended, and leaves WSO2's rows", async () => {
      const seconds = Math.floor((await now()) / 1000)
      const rows = Array.from({ length: 100 }, (_, n) => [`a${n}`, seconds + (n % 4 === 1 ? 600 : -600)] as const)
      const ofWso2 = rows.filter((_, n) => n % 4 === 0).map(([id]) => [id])
      await database.sql(insertion('IDN_OAUTH2_ACCESS_TOKEN_AUDIT', ['TOKEN_ID'], ofWso2))
      await database.sql(
        insertion(
          'IDN_OAUTH2_ACCESS_TOKEN_AUDIT',
          ['TOKEN_ID', 'PURGE_AFTER'],
          rows.filter((_, n) => n % 4 !== 0),
        ),
      )
      await database.purge()
      expect(await database.column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT')).toEqual(
        rows
          .filter((_, n) => n % 4 < 2)
          .map(([id]) => id)
          .sort(),
      )
    })

    it('leaves of the registry the newest entry of each path, a deletion for a while, and what has no path', async () => {
      const nowMs = await now()
      const rows = [
        ...Array.from({ length: 90 }, (_, n) => [n + 1, `/p${n % 30}`, 0, nowMs - 9 * DAY] as const),
        ...([
          [101, '/gone', 0, nowMs - 9 * DAY],
          [102, '/gone', 7, nowMs - 3 * DAY],
          [103, '/going', 7, nowMs - DAY],
        ] as const),
        ...([
          [104, '/back', 7, nowMs - 9 * DAY],
          [105, '/back', 0, nowMs - 9 * DAY],
          [106, null, 0, nowMs - 9 * DAY],
          [107, null, 0, nowMs - 9 * DAY],
        ] as const),
      ]
      const columns = ['REG_LOG_ID', 'REG_PATH', 'REG_ACTION', 'REG_LOGGED_TIME', 'REG_USER_ID', 'REG_TENANT_ID']
      const values = rows.map(([id, path, action, atMs]) => [id, path, action, timestamp(atMs), 'admin', -1234])
      await database.sql(insertion('REG_LOG', columns, values))
      await database.purge()
      const newest = Array.from({ length: 30 }, (_, n) => String(61 + n))
      expect(await database.column('SELECT REG_LOG_ID FROM REG_LOG')).toEqual([...newest, '103', '105', '106', '107'].sort())
    })

    it('keeps a copy of exactly what it deletes, where that is asked for', async () => {
      await database.install({ keep_backup: 'TRUE', keep_audit: 'FALSE' })
      for (const statement of insertRows(database.engine, { count: 200 })) await database.sql(statement)
      const rows = sessionRows(BigInt(await now()) * 1_000_000n)
      await insertSessions(database, 'IDN_AUTH_SESSION_STORE', rows)
      const tables = ['IDN_OAUTH2_ACCESS_TOKEN', 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'IDN_AUTH_SESSION_STORE']
      const read = async (prefix: string) => {
        const found: (readonly string[])[] = []
        for (const table of tables) found.push(await database.column(`SELECT CONCAT(${KEYS[table]}) FROM ${prefix}${table}`))
        return found
      }
      const before = await read('')
      await database.purge()
      const [left, kept] = [await read(''), await read('JETON_BAK_')]
      expect(kept.every((copies) => copies.length > 20)).toBe(true)
      expect(before).toEqual(left.map((stayed, n) => [...stayed, ...(kept[n] ?? [])].sort()))
      expect(await database.column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT')).toEqual([])
    })
  })
}

/** The log and the audit in partitions, with rows of the tests in more than one. */
async function divide(server: ServerDatabase): Promise<void> {
  const now = Math.floor(Date.now() / 1000)
  await layOut(server, [
    { from: undefined, to: now - 300 },
    { from: now - 300, to: now + 300 },
    { from: now + 300, to: now + 86_400 },
  ])
}

const KEYS: Readonly<Record<string, string>> = {
  IDN_OAUTH2_ACCESS_TOKEN: 'TOKEN_ID, TOKEN_STATE',
  IDN_OAUTH2_ACCESS_TOKEN_SCOPE: 'TOKEN_ID, TOKEN_SCOPE',
  IDN_AUTH_SESSION_STORE: "SESSION_ID, ' ', SESSION_TYPE, ' ', TIME_CREATED, ' ', OPERATION",
}
