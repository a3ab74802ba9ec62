import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Libsql from 'libsql'
import { migrateDatabase } from '../../../src/adapters/prisma/migrate.js'
import { openDatabase } from '../../../src/adapters/prisma/open-database.js'
import { withMigrationConnection } from '../../../src/adapters/prisma/sqlite-file.js'
import { StoreUnavailable } from '../../../src/errors/operational-errors.js'
import { clientId, grantId, tokenId } from '../../../src/model/ids.js'
import { epochSeconds, seconds } from '../../../src/model/time.js'
import {
  aClient,
  aStep,
  aStoredToken,
  databaseTime,
  hash,
  KEEP_AFTER_EXPIRY,
  MAX_CLOCK_SKEW,
  named,
  purgeRows,
  storeBeside,
} from '../../stores/opened-stores.js'
import { sqlOn, temporaryDatabases } from './temporary-database.js'

const databases = temporaryDatabases()
afterEach(() => databases.closeAll())

const MIGRATIONS = join(dirname(fileURLToPath(import.meta.url)), '../../../prisma/migrations/sqlite')
const LIMITS = { keepAfterExpiry: KEEP_AFTER_EXPIRY, maxClockSkew: MAX_CLOCK_SKEW }

describe('openDatabase', () => {
  it('makes folder and files for their owner only', async () => {
    const file = databases.newFile()
    await databases.open({ file })
    const modes = [dirname(file), file, `${file}-wal`, `${file}-shm`].map((path) => (statSync(path).mode & 0o777).toString(8))
    expect(modes).toEqual(['700', '600', '600', '600'])
  })

  it('leaves a folder that is there as it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jeton-folder-'))
    chmodSync(folder, 0o755)
    await databases.open({ file: join(folder, 'jeton.db') })
    expect((statSync(folder).mode & 0o777).toString(8)).toBe('755')
    await databases.closeAll()
    rmSync(folder, { recursive: true, force: true })
  })

  it('takes a path with spaces, percent signs and question marks', async () => {
    const file = join(dirname(databases.newFile()), 'a b%20?#ü', 'x.db')
    await databases.open({ file })
    expect(statSync(file).size).toBeGreaterThan(0)
  })

  it('keeps a write-ahead log that other programs may read beside it', async () => {
    const file = databases.newFile()
    const database = await databases.open({ file })
    await database.clients.create(aClient())
    const rows = sqlOn(file, (other) => other.prepare('SELECT CONSUMER_KEY, APP_STATE, CALLBACK_URL FROM IDN_OAUTH_CONSUMER_APPS').all())
    expect(rows).toEqual([{ CONSUMER_KEY: 'client-1', APP_STATE: 'ACTIVE', CALLBACK_URL: 'https://app.example/callback' }])
    expect(sqlOn(file, (other) => other.prepare('PRAGMA journal_mode').all())).toEqual([{ journal_mode: 'wal' }])
  })

  it('says StoreUnavailable, never "there is none", where the schema is missing, the file is no database, or cannot be made', async () => {
    const empty = await openDatabase({ file: databases.newFile(), ...LIMITS })
    await expect(empty.clients.find(clientId('c'))).rejects.toBeInstanceOf(StoreUnavailable)
    await empty.close()
    const wrong = databases.newFile()
    mkdirSync(dirname(wrong))
    writeFileSync(wrong, 'this is not a database, and it is long enough to be seen to be none'.repeat(20))
    await expect(openDatabase({ file: wrong, ...LIMITS })).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(openDatabase({ file: '/dev/null/x.db', ...LIMITS })).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('applies its migrations once and names them', async () => {
    const database = await openDatabase({ file: databases.newFile(), ...LIMITS })
    expect((await database.status.migrations()).applied).toEqual([])
    const { applied, pending } = await database.migrate()
    expect(applied.length).toBeGreaterThan(0)
    expect(pending).toEqual([])
    expect(await database.migrate()).toEqual({ applied: [], pending: [] })
    expect(await database.status.migrations()).toEqual({ applied, pending: [] })
    expect(database.status.engine).toBe('sqlite')
    expect([await database.partitions.layouts(), await database.partitions.tend()]).toEqual([[], 0])
    await expect(database.partitions.move(() => undefined)).rejects.toMatchObject({
      code: 'not_available',
      message: expect.stringContaining('SQLite'),
    })
    await database.close()
  })

  it('takes the database of version 0.1 along, with what its counters say', async () => {
    const [file, folder] = [databases.newFile(), mkdtempSync(join(tmpdir(), 'jeton-first-'))]
    cpSync(join(MIGRATIONS, '20261121060000_begin'), join(folder, '20261121060000_begin'), { recursive: true })
    mkdirSync(dirname(file))
    await withMigrationConnection(file, (connection) => migrateDatabase(connection, folder))
    sqlOn(file, (other) => other.exec('UPDATE JETON_HEAD SET SEQ = 7, KEYS = 3'))
    const database = await openDatabase({ file, ...LIMITS })
    const { applied, pending } = await database.migrate()
    expect(applied).toContain('20261121070000_nodes_and_leases')
    expect(pending).toEqual([])
    expect(await database.heads.read()).toMatchObject({ seq: 7, keys: 3 })
    expect(await database.nodes.list(seconds(1))).toEqual([])
    await database.close()
    rmSync(folder, { recursive: true })
  })

  it('keeps everything over a restart', async () => {
    const file = databases.newFile()
    const first = await databases.open({ file })
    await first.clients.create(aClient())
    const [entry] = await first.revocations.append([{ kind: 'all' }])
    await first.close()
    const second = await databases.open({ file })
    expect(await second.clients.find(clientId('client-1'))).toEqual(aClient())
    expect(await second.revocations.since(0, 10)).toEqual([entry])
  })
})

describe('The statements at the driver', () => {
  it('are one for the steps of grants, and few for a batch of revocations', async () => {
    const statements: string[] = []
    const database = await databases.open({ onStatement: (sql) => statements.push(sql) })
    statements.length = 0
    await database.grants.advanceMany([aStep()])
    await database.grants.advanceMany([aStep({ from: 1 }), aStep({ grantId: grantId('another') })])
    expect(statements).toHaveLength(2)
    statements.length = 0
    await database.revocations.append(Array.from({ length: 300 }, (_, index) => ({ kind: 'grant', id: grantId(`g${index}`) }) as const))
    expect(statements[0]).toBe('BEGIN IMMEDIATE')
    expect(statements.at(-1)).toBe('COMMIT')
    expect(statements).toHaveLength(7)
  })

  it('are one for the heads and one to find a stored token', async () => {
    const statements: string[] = []
    const database = await databases.open({ onStatement: (sql) => statements.push(sql) })
    statements.length = 0
    await database.heads.read()
    await database.storedTokens.findByAccessToken(hash('a'))
    expect(statements).toHaveLength(2)
  })

  it('find tokens, grants and revocations by an index, and purge by one', async () => {
    const file = databases.newFile()
    const statements: string[] = []
    const database = await databases.open({ file, onStatement: (sql) => statements.push(sql) })
    statements.length = 0
    await database.storedTokens.findByAccessToken(hash('a'))
    await database.storedTokens.findByRefreshToken(named('a'))
    await database.grants.advance(aStep())
    await database.grants.find(grantId('g'))
    await database.revocations.append([
      { kind: 'grant', id: grantId('g') },
      { kind: 'token', id: tokenId('t'), expiresAt: undefined },
      { kind: 'all' },
    ])
    await database.revocations.since(0, 10)
    for (const target of database.purgeTargets) await purgeRows(target, 10)
    const scans = sqlOn(file, (other) =>
      statements
        .filter((sql) => /JETON_GRANT|JETON_REVOCATION|IDN_/.test(sql))
        .flatMap((sql) => other.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(Array(sql.split('?').length - 1).fill(null)) as { detail: string }[])
        .filter(({ detail }) => /^SCAN (JETON_|IDN_|[TCRU]\b)/.test(detail) && !detail.includes('INDEX')),
    )
    expect(scans).toEqual([])
  })
})

describe('A transaction', () => {
  const descriptors = '/proc/self/fd'
  const onLinux = existsSync(descriptors) ? it : it.skip
  onLinux('leaves no open file behind, however many there were', async () => {
    const file = databases.newFile()
    const database = await databases.open({ file })
    const openFiles = (): number =>
      readdirSync(descriptors).filter((name) => {
        // The descriptor of the listing itself is gone when it is looked at.
        const path = join(descriptors, name)
        return existsSync(path) && readlinkSync(path).startsWith(file)
      }).length
    await database.revocations.append([{ kind: 'all' }])
    const before = openFiles()
    for (let index = 0; index < 20; index++) await database.revocations.append([{ kind: 'all' }])
    expect(openFiles()).toBe(before)
  })

  it('keeps statements from outside it waiting, and takes nothing of them back with it', async () => {
    const database = await databases.open()
    await database.clients.create(aClient())
    const work: Promise<unknown>[] = []
    for (let index = 0; index < 20; index++) {
      work.push(database.clients.create(aClient()).catch((error) => error.code))
      work.push(database.grants.advance(aStep({ grantId: grantId(`g${index}`) })))
    }
    await Promise.all(work)
    for (let index = 0; index < 20; index++) expect((await database.grants.find(grantId(`g${index}`)))?.generation).toBe(1)
  })

  it('says StoreUnavailable while another program holds the file, and answers again afterwards', async () => {
    const file = databases.newFile()
    const database = await databases.open({ file })
    await database.clients.create(aClient())
    const other = new Libsql(file, { timeout: 0 })
    other.exec('BEGIN IMMEDIATE')
    await expect(database.grants.advance(aStep())).rejects.toBeInstanceOf(StoreUnavailable)
    expect(await database.clients.find(clientId('client-1'))).toEqual(aClient())
    other.exec('ROLLBACK')
    other.close()
    expect(await database.revocations.append([{ kind: 'all' }])).toHaveLength(1)
    expect((await database.grants.advance(aStep())).standing).toBe('current')
  }, 30_000)

  it('is taken back as a whole when it cannot be made durable', async () => {
    const file = databases.newFile()
    const database = await databases.open({ file })
    await database.clients.create(aClient())
    sqlOn(file, (other) => other.exec(`CREATE TRIGGER NO_ENTRY BEFORE INSERT ON JETON_REVOCATION BEGIN SELECT RAISE(ABORT, 'disk full'); END`))
    await expect(database.clients.update(clientId('client-1'), { state: 'disabled' })).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(database.revocations.append([{ kind: 'grant', id: grantId('g') }])).rejects.toBeInstanceOf(StoreUnavailable)
    expect(await database.clients.find(clientId('client-1'))).toEqual(aClient())
    expect(await database.grants.find(grantId('g'))).toBeUndefined()
    sqlOn(file, (other) => other.exec('DROP TRIGGER NO_ENTRY'))
    expect((await database.revocations.append([{ kind: 'all' }]))[0]?.seq).toBe(1)
  })
})

describe("WSO2's columns", () => {
  it('hold what its own statements expect', async () => {
    const file = databases.newFile()
    const database = await databases.open({ file })
    await database.clients.create(aClient('client-1', { redirectUris: ['https://a.example/cb?x', 'https://b.example'] }))
    const now = await databaseTime({ ...database, age: async () => undefined })
    await storeBeside(database, aStoredToken(now))
    const app = sqlOn(file, (other) => other.prepare('SELECT * FROM IDN_OAUTH_CONSUMER_APPS').get()) as Record<string, unknown>
    expect(app).toMatchObject({ USERNAME: 'admin', TENANT_ID: -1234, USER_DOMAIN: 'PRIMARY', OAUTH_VERSION: 'OAuth-2.0', PKCE_MANDATORY: '0' })
    expect(app).toMatchObject({ GRANT_TYPES: 'client_credentials refresh_token', USER_ACCESS_TOKEN_EXPIRE_TIME: 0, REFRESH_TOKEN_EXPIRE_TIME: 0 })
    expect(app.CALLBACK_URL).toBe('regexp=(https://a\\.example/cb\\?x|https://b\\.example)')
    const token = sqlOn(file, (other) => other.prepare('SELECT * FROM IDN_OAUTH2_ACCESS_TOKEN').get()) as Record<string, unknown>
    expect(token).toMatchObject({
      CONSUMER_KEY_ID: app.ID,
      AUTHZ_USER: 'client-1',
      SUBJECT_IDENTIFIER: 'client-1',
      USER_TYPE: 'APPLICATION',
      TOKEN_STATE: 'ACTIVE',
      TOKEN_STATE_ID: 'NONE',
      VALIDITY_PERIOD: 3_600_000,
      REFRESH_TOKEN_VALIDITY_PERIOD: 86_400_000,
      IDP_ID: -1,
      AUTHORIZED_ORGANIZATION: 'NONE',
    })
    expect(token.TOKEN_BINDING_REF).toMatch(/^[0-9a-f]{32}$/)
    expect(token.TOKEN_SCOPE_HASH).toMatch(/^[0-9a-f]{32}$/)
    const found = sqlOn(file, (other) =>
      other
        .prepare(
          `SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TIME_CREATED <= CURRENT_TIMESTAMP AND TIME_CREATED > datetime('now', '-1 minute')`,
        )
        .all(),
    )
    expect(found).toEqual([{ TOKEN_ID: 'token-1' }])
  })

  it('take the rows of statements that know nothing of the columns that Jeton has added', async () => {
    const file = databases.newFile()
    const database = await databases.open({ file })
    sqlOn(file, (other) => {
      other.exec(`INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, CONSUMER_SECRET, USERNAME, TENANT_ID, USER_DOMAIN, APP_NAME, OAUTH_VERSION, CALLBACK_URL, GRANT_TYPES)
        VALUES ('wso2', 's', 'admin', -1234, 'PRIMARY', 'App', 'OAuth-2.0', 'https://x.example', 'password refresh_token')`)
      other.exec(
        `INSERT INTO IDN_OAUTH2_ACCESS_TOKEN (TOKEN_ID, ACCESS_TOKEN, CONSUMER_KEY_ID, ACCESS_TOKEN_HASH, VALIDITY_PERIOD) VALUES ('w', 'a', 1, 'hash', 3600000)`,
      )
    })
    expect(await database.clients.find(clientId('wso2'))).toEqual({
      ...aClient('wso2', { name: 'App', grantTypes: ['password', 'refresh_token'], scopes: [], audiences: [] }),
      owner: undefined,
      lifetimes: { applicationAccessToken: 3600, refreshToken: 84_600, userAccessToken: 3600 },
      redirectUris: ['https://x.example'],
      secretHash: 's',
      createdAt: epochSeconds(0),
    })
    expect(await database.storedTokens.findByAccessToken(hash('hash'))).toBeUndefined()
    for (const target of database.purgeTargets) expect(await purgeRows(target, 10)).toBe(0)
  })
})
