import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readActualSchema } from '../../src/adapters/prisma/adopt/actual-schema.js'
import { adoptSchema } from '../../src/adapters/prisma/adopt/adopt-schema.js'
import type { Engine } from '../../src/adapters/prisma/engines/engine.js'
import { openMysql } from '../../src/adapters/prisma/engines/mysql-engine.js'
import { openPostgresql } from '../../src/adapters/prisma/engines/postgresql-engine.js'
import { migrateDatabase } from '../../src/adapters/prisma/migrate.js'
import { openDatabase } from '../../src/adapters/prisma/open-database.js'
import { clientId } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import { createServerDatabase, describeOnEngines, type ServerEngine } from './server-engine.js'
import { createWso2Database, type Wso2Database } from './wso2-database.js'

/** What `jeton migrate --adopt` does to a database of WSO2's. */
await describeOnEngines('Taking over a database', ['postgresql', 'mysql'], (engine) => {
  let wso2: Wso2Database
  beforeEach(async () => {
    wso2 = await createWso2Database(engine as ServerEngine)
  }, 30_000)
  afterEach(() => wso2.drop())
  const openEngine = (url: string): Promise<Engine> =>
    engine === 'mysql' ? openMysql({ engine, url }) : openPostgresql({ engine: 'postgresql', url })

  it('adds every migration and changes no row of WSO2', async () => {
    const before = await wso2.checksum()
    const database = await wso2.open()
    const { applied, pending } = await database.adopt()
    expect(applied.length).toBeGreaterThan(2)
    expect(pending).toEqual([])
    expect(await wso2.checksum()).toBe(before)
    expect(await database.adopt()).toEqual({ applied: [], pending: [] })
  }, 60_000)

  it('is asked for by its name: the plain migration refuses, and changes nothing', async () => {
    const database = await wso2.open()
    await expect(database.migrate()).rejects.toMatchObject({ code: 'not_adopted', message: expect.stringContaining('--adopt') })
    await expect(wso2.sql('SELECT * FROM JETON_HEAD')).rejects.toThrow()
  }, 30_000)

  it('leaves every column and every index that a migrated database has', async () => {
    const folder = `prisma/migrations/${engine}`
    const fresh = await createServerDatabase(engine as ServerEngine)
    const migrated = await openEngine(fresh.url)
    const adopted = await openEngine(wso2.url)
    try {
      const wanted = await migrated.withMigrationConnection(async (connection) => {
        await migrateDatabase(connection, folder)
        return readActualSchema(connection)
      })
      const found = await adopted.withMigrationConnection(async (connection) => {
        await adoptSchema(connection, folder)
        return readActualSchema(connection)
      })
      expect(wanted.tables.size).toBeGreaterThan(10)
      for (const [name, table] of wanted.tables) {
        const actual = found.tables.get(name)
        expect([name, ...table.columns.keys()].filter((column) => column !== name && !actual?.columns.has(column))).toEqual([])
        const served = [...(actual?.indexes.values() ?? [])].map(({ columns }) => columns.join())
        expect([...table.indexes.values()].map(({ columns }) => columns.join()).filter((columns) => !served.includes(columns))).toEqual([])
      }
    } finally {
      await migrated.close()
      await adopted.close()
      await fresh.drop()
    }
  }, 60_000)

  it("drops no index of WSO2's, though nothing here reads it", async () => {
    const adopted = await openEngine(wso2.url)
    try {
      const [before, after] = await adopted.withMigrationConnection(async (connection) => {
        const found = await readActualSchema(connection)
        await adoptSchema(connection, `prisma/migrations/${engine}`)
        return [found, await readActualSchema(connection)]
      })
      const namesOf = (schema: typeof before): readonly string[] =>
        [...schema.tables].flatMap(([table, { indexes }]) => [...indexes.keys()].map((index) => `${table}.${index}`))
      expect(namesOf(before)).toContain('IDN_OAUTH2_ACCESS_TOKEN.IDX_TC')
      expect(namesOf(after)).toEqual(expect.arrayContaining([...namesOf(before)]))
    } finally {
      await adopted.close()
    }
  }, 60_000)

  it('goes on wherever it was interrupted', async () => {
    const before = await wso2.checksum()
    const opened = await openEngine(wso2.url)
    try {
      for (let statements = 1; ; statements += 3) {
        const outcome = await opened.withMigrationConnection((connection) => {
          let left = statements
          const script = async (sql: string): Promise<void> => {
            if (left-- <= 0 && !sql.startsWith('DO RELEASE_LOCK') && sql !== 'ROLLBACK') throw new Error('the process has ended')
            await connection.script(sql)
          }
          return adoptSchema({ ...connection, script }, `prisma/migrations/${engine}`).catch((error: Error) => error.message)
        })
        if (typeof outcome !== 'string') break
        expect(outcome).toBe('the process has ended')
        expect(await wso2.checksum()).toBe(before)
      }
    } finally {
      await opened.close()
    }
    expect(await (await wso2.open()).adopt()).toEqual({ applied: [], pending: [] })
  }, 120_000)

  it('lets a later version add to the tables that are there, by the plain migration', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jeton-migrations-'))
    cpSync(`prisma/migrations/${engine}`, folder, { recursive: true })
    const database = await wso2.open()
    await database.adopt()
    const opened = await openEngine(wso2.url)
    const later = () => opened.withMigrationConnection((connection) => migrateDatabase(connection, folder))
    try {
      await expect(later()).rejects.toMatchObject({ code: 'not_adopted', message: expect.stringContaining('again') })
      await database.adoption.finish()
      mkdirSync(join(folder, '29990101000000_later'))
      const sql = 'CREATE TABLE AM_APPLICATION (APPLICATION_ID INTEGER, JETON_NOTE TEXT);\nCREATE TABLE JETON_LATER (A INTEGER);\n'
      writeFileSync(join(folder, '29990101000000_later', 'migration.sql'), sql)
      expect(await later()).toEqual(['29990101000000_later'])
      expect(await wso2.sql('SELECT JETON_NOTE FROM AM_APPLICATION')).toHaveLength(4)
      expect(await later()).toEqual([])
    } finally {
      await opened.close()
      rmSync(folder, { recursive: true })
    }
  }, 60_000)

  it.each([
    ['DROP TABLE IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE is missing'],
    ['ALTER TABLE IDN_OAUTH_CONSUMER_APPS DROP COLUMN CONSUMER_SECRET', 'IDN_OAUTH_CONSUMER_APPS has no column CONSUMER_SECRET'],
    ['ALTER TABLE IDN_OAUTH2_ACCESS_TOKEN DROP COLUMN ACCESS_TOKEN_HASH', 'IDN_OAUTH2_ACCESS_TOKEN has no column ACCESS_TOKEN_HASH'],
    ['CREATE TABLE JETON_GRANT (X INTEGER)', 'JETON_GRANT has no column GRANT_ID'],
  ])(
    'refuses after %s, and says what is wrong',
    async (change, message) => {
      await wso2.sql(change)
      await expect((await wso2.open()).adopt()).rejects.toMatchObject({ code: 'foreign_schema', message: expect.stringContaining(message) })
    },
    60_000,
  )

  it('refuses times that lie ahead', async () => {
    const hours = engine === 'postgresql' ? "INTERVAL '8 hours'" : 'INTERVAL 8 HOUR'
    await wso2.sql(`UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TIME_CREATED = TIME_CREATED + ${hours}`)
    await expect((await wso2.open()).adopt()).rejects.toMatchObject({ code: 'wrong_time_zone' })
  }, 30_000)

  it("takes Identity Server's own tables for what it has revoked, and for the kinds of token", async () => {
    for (const statement of [
      'DROP TABLE IDN_INVALID_TOKENS',
      'DROP TABLE IDN_APP_REVOKED_EVENT',
      'DROP TABLE AM_REVOKED_JWT',
      'DROP TABLE AM_APPLICATION_KEY_MAPPING',
      'DROP TABLE AM_APPLICATION',
      'DROP TABLE IDN_SUBJECT_ENTITY_REVOKED_EVENT',
      `CREATE TABLE IDN_SUBJECT_ENTITY_REVOKED_EVENT (EVENT_ID VARCHAR(255) PRIMARY KEY, ENTITY_ID VARCHAR(255), ENTITY_TYPE VARCHAR(100),
        TIME_REVOKED TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, TENANT_ID INTEGER DEFAULT -1)`,
      "INSERT INTO IDN_SUBJECT_ENTITY_REVOKED_EVENT (EVENT_ID, ENTITY_ID, ENTITY_TYPE) VALUES ('1', 'a', 'USER_ID'), ('2', 'b', 'CLIENT_ID'), ('3', 'PRIMARY/c', 'USER_NAME')",
      'CREATE TABLE IDN_OIDC_PROPERTY (ID INTEGER, TENANT_ID INTEGER, CONSUMER_KEY VARCHAR(255), PROPERTY_KEY VARCHAR(255), PROPERTY_VALUE VARCHAR(2047))',
      "INSERT INTO IDN_OIDC_PROPERTY VALUES (1, -1234, 'JwtAppKey000000000000000000G', 'tokenType', 'JWT'), (2, -1234, 'PlainAppKey0000000000000000A', 'tokenType', 'Default')",
    ]) {
      await wso2.sql(statement)
    }
    const database = await wso2.open()
    await database.adopt()
    expect(await database.adoption.takeTokenTypes()).toBe(2)
    expect(await database.adoption.importRevocations()).toEqual({ tokens: 1, subjects: 2, clients: 2 })
    expect((await database.clients.find(clientId('PlainAppKey0000000000000000A')))?.tokenType).toBe('OAUTH')
    expect((await database.clients.find(clientId('JwtAppKey000000000000000000G')))?.tokenType).toBe('JWT')
  }, 60_000)

  it("refuses a database of Jeton's own, and an empty one", async () => {
    for (const prepare of [(database: Awaited<ReturnType<Wso2Database['open']>>) => database.migrate(), async () => undefined]) {
      const own = await createServerDatabase(engine as ServerEngine)
      const database = await openDatabase({ engine: engine as ServerEngine, url: own.url, keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
      await prepare(database)
      await expect(database.adopt()).rejects.toMatchObject({ code: 'nothing_to_adopt' })
      await database.close()
      await own.drop()
    }
  }, 60_000)

  it('imports each revocation once', async () => {
    const database = await wso2.open()
    const before = await wso2.checksum()
    await database.adopt()
    const { access, refresh } = await database.adoption.longestLifetimes()
    expect([access, refresh]).toEqual([7200, 172_800])
    await database.heads.raiseLifetimes(access, refresh)
    expect(await database.adoption.takeTokenTypes()).toBe(4)
    expect(await database.adoption.importRevocations()).toEqual({ tokens: 3, subjects: 1, clients: 4 })
    expect(await database.adoption.importRevocations()).toEqual({ tokens: 0, subjects: 0, clients: 0 })
    const entries = await database.revocations.since(0, 100)
    expect(entries.map(({ kind, id, cutoff }) => [kind, id, cutoff !== undefined])).toEqual([
      ['token', 'jti-revoked-in-api-manager', false],
      ['token', 'jti-revoked-in-identity-server', false],
      ['token', 'jti-known-to-gateways', false],
      ['client', 'EventAppKey000000000000000E', true],
      ['client', 'KeyOfADeletedApplication', true],
      ['subject', 'aaaaaaaa-1111-4111-8111-000000000001', true],
      ['client', 'OldHashAppKey00000000000000C', true],
      ['client', 'DisabledAppKey0000000000000D', false],
    ])
    expect(await wso2.checksum()).toBe(before)
  }, 60_000)
})
