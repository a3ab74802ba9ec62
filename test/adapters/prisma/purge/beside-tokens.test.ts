import type { DoomedRows, PurgeTarget } from '../../../../src/stores/purge-target.js'
import { toldRows } from '../../../purge/told-rows.js'
import { describeOn, findEngine } from '../engines.js'
import { createServerDatabase, type ServerDatabase } from '../server-database.js'
import { named, purgeAll } from './purged-database.js'

/** As the migrations have it on MariaDB. */
const KEY = 'VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin'
const REFERRING = `CREATE TABLE IDN_OIDC_REQ_OBJECT_REFERENCE (ID INTEGER AUTO_INCREMENT PRIMARY KEY, A_TOKEN ${KEY},
  FOREIGN KEY (A_TOKEN) REFERENCES IDN_OAUTH2_ACCESS_TOKEN (TOKEN_ID)`
const CLAIMS = `CREATE TABLE IDN_OIDC_REQ_OBJECT_CLAIMS (ID INTEGER AUTO_INCREMENT PRIMARY KEY, REQ_OBJECT_ID INTEGER,
  FOREIGN KEY (REQ_OBJECT_ID) REFERENCES IDN_OIDC_REQ_OBJECT_REFERENCE (ID) ON DELETE CASCADE)`
const binding = (type: string): string => `CREATE TABLE IDN_OAUTH2_TOKEN_BINDING (TOKEN_ID ${type}, TOKEN_BINDING_VALUE VARCHAR(255))`

const mysql = await findEngine('mysql')
describeOn(mysql, () => {
  describe(`what belongs to tokens of WSO2's and goes with them (${mysql.version})`, () => {
    let database: ServerDatabase
    const statements: string[] = []
    beforeAll(async () => {
      database = await createServerDatabase(mysql)
      await (await database.open()).migrate()
      await database.sql("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
    }, 30_000)
    beforeEach(async () => {
      for (const [id, state] of Object.entries({ a: 'REVOKED', b: 'ACTIVE', c: 'REVOKED', d: 'REVOKED' })) {
        await database.sql(`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN (TOKEN_ID, CONSUMER_KEY_ID, TOKEN_STATE, TOKEN_STATE_ID, VALIDITY_PERIOD, REFRESH_TOKEN_VALIDITY_PERIOD)
          SELECT '${id}', MIN(ID), '${state}', '${id}', 3600000, 3600000 FROM IDN_OAUTH_CONSUMER_APPS`)
        await database.sql(`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_SCOPE (TOKEN_ID, TOKEN_SCOPE) VALUES ('${id}', 'openid')`)
      }
      statements.length = 0
    })
    afterEach(async () => {
      await database.closeAll()
      await database.sql('DROP TABLE IF EXISTS IDN_OIDC_REQ_OBJECT_CLAIMS, IDN_OIDC_REQ_OBJECT_REFERENCE, IDN_OAUTH2_TOKEN_BINDING')
      await database.sql('DELETE FROM IDN_OAUTH2_ACCESS_TOKEN')
    })
    afterAll(() => database.drop())

    const tokens = async (): Promise<PurgeTarget> =>
      named((await database.open({ onStatement: (sql) => void statements.push(sql) })).purgeTargets, 'wso2 tokens')
    const column = async (sql: string): Promise<readonly unknown[]> => (await database.sql(sql)).map((row) => Object.values(row)[0])
    const left = async () => [
      await column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN ORDER BY 1'),
      await column('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE ORDER BY 1'),
    ]
    /** Whether rows had to be named one by one in the end. */
    const tookKeys = (): boolean => statements.some((sql) => sql.includes('JSON_TABLE'))
    /** By table: whose rows were told of. */
    async function purge(): Promise<Readonly<Record<string, readonly unknown[]>>> {
      const told: DoomedRows[] = []
      expect(await purgeAll(await tokens(), { limit: 10, keep: async (rows) => void told.push(...rows) })).toEqual({ revoked: 3 })
      const names = new Set(told.map(({ table }) => table))
      return Object.fromEntries(
        [...names].map((name) => [
          name,
          toldRows(told)
            .filter(({ table }) => table === name)
            .map(({ values }) => values.TOKEN_ID)
            .sort(),
        ]),
      )
    }

    it('is what a foreign key would take, too, with what belongs to that', async () => {
      await database.sql(`${REFERRING} ON DELETE CASCADE)`)
      await database.sql(CLAIMS)
      await database.sql("INSERT INTO IDN_OIDC_REQ_OBJECT_REFERENCE (ID, A_TOKEN) VALUES (1, 'a'), (2, 'b'), (3, NULL)")
      await database.sql('INSERT INTO IDN_OIDC_REQ_OBJECT_CLAIMS (REQ_OBJECT_ID) VALUES (1), (2), (3)')
      expect(await purge()).toEqual({ IDN_OAUTH2_ACCESS_TOKEN: ['a', 'c', 'd'], IDN_OAUTH2_ACCESS_TOKEN_SCOPE: ['a', 'c', 'd'] })
      expect(await left()).toEqual([['b'], ['b']])
      expect(await column('SELECT ID FROM IDN_OIDC_REQ_OBJECT_REFERENCE ORDER BY 1')).toEqual([2, 3])
      expect(await column('SELECT REQ_OBJECT_ID FROM IDN_OIDC_REQ_OBJECT_CLAIMS ORDER BY 1')).toEqual([2, 3])
      expect(tookKeys()).toBe(false)
    })

    it.each([
      ['own_References', false],
      ['`own-references`', true],
    ])('is what is in a table of an operator with the name %s', async (name, byKeys) => {
      await database.sql(`${REFERRING.replace('IDN_OIDC_REQ_OBJECT_REFERENCE', name)} ON DELETE CASCADE)`)
      try {
        await database.sql(`INSERT INTO ${name} (ID, A_TOKEN) VALUES (1, 'a'), (2, 'b')`)
        expect(await purge()).toMatchObject({ IDN_OAUTH2_ACCESS_TOKEN: ['a', 'c', 'd'] })
        expect(await column(`SELECT ID FROM ${name}`)).toEqual([2])
        expect(tookKeys()).toBe(byKeys)
      } finally {
        await database.sql(`DROP TABLE ${name}`)
      }
    })

    it('is nothing that belongs to no token at all', async () => {
      await database.sql(binding(KEY))
      await database.sql("INSERT INTO IDN_OAUTH2_TOKEN_BINDING VALUES ('a', '1'), ('b', '2'), ('bb', '3'), (NULL, '4'), ('e', '5')")
      expect(await purge()).toMatchObject({ IDN_OAUTH2_ACCESS_TOKEN: ['a', 'c', 'd'], IDN_OAUTH2_TOKEN_BINDING: ['a'] })
      expect(await column('SELECT TOKEN_BINDING_VALUE FROM IDN_OAUTH2_TOKEN_BINDING ORDER BY 1')).toEqual(['2', '3', '4', '5'])
      expect(await left()).toEqual([['b'], ['b']])
      expect(tookKeys()).toBe(true)
    })

    it.each<[string, string]>([
      ['whose keys are in another order', binding('VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci')],
      ['whose foreign key has something else done', `${REFERRING} ON DELETE SET NULL)`],
      ['whose foreign key refuses', `${REFERRING})`],
    ])('is named by its keys beside a table %s', async (_which, table) => {
      await database.sql(table)
      expect(await purge()).toEqual({ IDN_OAUTH2_ACCESS_TOKEN: ['a', 'c', 'd'], IDN_OAUTH2_ACCESS_TOKEN_SCOPE: ['a', 'c', 'd'] })
      expect(await left()).toEqual([['b'], ['b']])
      expect(tookKeys()).toBe(true)
    })

    it('stays with a token that somebody else holds, without anybody waiting', async () => {
      await database.sql('BEGIN')
      await database.sql("SELECT TOKEN_SCOPE FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE WHERE TOKEN_ID = 'b' FOR UPDATE")
      expect(await purge()).toMatchObject({ IDN_OAUTH2_ACCESS_TOKEN: ['a', 'c', 'd'] })
      await database.sql('COMMIT')
      expect(await left()).toEqual([['b'], ['b']])
    })

    it('goes although nobody is told', async () => {
      expect(await purgeAll(await tokens(), { limit: 2 })).toEqual({ revoked: 3 })
      expect(await left()).toEqual([['b'], ['b']])
      expect(tookKeys()).toBe(false)
    })
  })
})
