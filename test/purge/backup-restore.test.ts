import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import Libsql from 'libsql'
import { composeBackups } from '../../src/main/compose/compose-backups.js'
import { composePurger } from '../../src/main/compose/compose-purger.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import type { PurgeRequest } from '../../src/purge/create-purger.js'
import { writeRows } from '../../src/stores/row-json.js'
import type { Stores } from '../../src/stores/stores.js'
import { describeOn, findEngine } from '../adapters/prisma/engines.js'
import { createServerDatabase } from '../adapters/prisma/server-database.js'
import { temporaryDatabases } from '../adapters/prisma/temporary-database.js'
import { insertRows, type RowEngine, type RunSql } from './wso2-rows.js'

interface Opened {
  readonly engine: RowEngine
  readonly stores: Stores
  readonly sql: RunSql
}

const COUNT = 300
const TABLES = ['IDN_OAUTH2_ACCESS_TOKEN', 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE']
const clock = { now: () => epochSeconds(Math.floor(Date.now() / 1000)), nowMs: () => Date.now() }
const signal = new AbortController().signal
const RESTORE = { dryRun: false, partial: false, signal }

const folder = mkdtempSync(join(tmpdir(), 'jeton-backup-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = (): string => join(folder, `purge-${files++}.ndjson.gz`)

function parts({ stores }: Opened) {
  const backups = composeBackups({ stores, clock })
  const purger = composePurger({ stores, clock } as Parameters<typeof composePurger>[0], { events: () => undefined, nodeId: 'test' })
  const targets = stores.purgeTargets.filter(({ name }) => name === 'wso2 tokens')
  const limits = { batch: 40, lockTimeMs: 1000, pauseMs: 0, yields: true, safePeriod: seconds(7200), signal }
  const purge = (changes: Partial<PurgeRequest>) => purger(targets, { ...limits, ...changes })
  return { backups, purge }
}

const rowsOf = async (sql: RunSql): Promise<string> =>
  JSON.stringify(await Promise.all(TABLES.map((table) => sql(`SELECT * FROM ${table} ORDER BY 1, 2`))), (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )

const countOf = async (sql: RunSql, table: string): Promise<number> =>
  Number(Object.values((await sql(`SELECT COUNT(*) AS N FROM ${table}`))[0] ?? {})[0])

async function purgeIntoFile(opened: Opened, path: string): Promise<number> {
  const { backups, purge } = parts(opened)
  const backup = await backups.create(path, backups.newRun())
  const { targets } = await purge({ keep: backup.keep })
  await backup.end()
  await backup.close()
  return targets[0]?.deleted ?? 0
}

function backupContract(name: string, open: () => Promise<Opened>, openOther: () => Promise<Opened>): void {
  describe(`what a purge keeps (${name})`, () => {
    let opened: Opened
    let before: string
    beforeEach(async () => {
      opened = await open()
      await opened.sql("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
      for (const statement of insertRows(opened.engine, { count: COUNT })) await opened.sql(statement)
      before = await rowsOf(opened.sql)
    })

    it('in a file, comes back as it was, and only once', async () => {
      const path = newPath()
      expect(await purgeIntoFile(opened, path)).toBe(COUNT * 0.9)
      const { backups } = parts(opened)
      const tried = await backups.restoreFile(path, { ...RESTORE, dryRun: true })
      expect(await countOf(opened.sql, 'IDN_OAUTH2_ACCESS_TOKEN')).toBe(COUNT * 0.1)
      expect(tried.outcome.restored).toBe(COUNT * 0.9)
      const { outcome, complete } = await backups.restoreFile(path, RESTORE)
      expect([complete, Object.keys(outcome)]).toEqual([true, ['restored']])
      expect(await rowsOf(opened.sql)).toBe(before)
      expect((await backups.restoreFile(path, RESTORE)).outcome).toEqual({ already_there: outcome.restored })
    })

    it('in the table, goes and comes in the transaction of the rows themselves', async () => {
      const { backups, purge } = parts(opened)
      await expect(backups.restoreTable(RESTORE)).rejects.toMatchObject({ code: 'no_backup' })
      await purge({ keepInTable: backups.newRun() })
      expect(await countOf(opened.sql, 'IDN_OAUTH2_ACCESS_TOKEN')).toBe(COUNT * 0.1)
      const { outcome } = await backups.restoreTable(RESTORE)
      expect(Object.keys(outcome)).toEqual(['restored'])
      expect(await rowsOf(opened.sql)).toBe(before)
    })

    it('leaves out what has lost its application, and what belongs to that', async () => {
      const { sql } = opened
      const path = newPath()
      await purgeIntoFile(opened, path)
      const { backups } = parts(opened)
      await sql('DELETE FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE')
      await sql('DELETE FROM IDN_OAUTH2_ACCESS_TOKEN')
      await sql('DELETE FROM IDN_OAUTH_CONSUMER_APPS')
      const { outcome } = await backups.restoreFile(path, RESTORE)
      expect(outcome).toEqual({ client_gone: COUNT * 0.9, parent_gone: expect.any(Number) })
      expect(await countOf(sql, 'IDN_OAUTH2_ACCESS_TOKEN')).toBe(0)
    })

    it('leaves out a row whose place another one has taken', async () => {
      const { sql } = opened
      const path = newPath()
      const [row = {}] = await sql("SELECT * FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_STATE = 'REVOKED'")
      await purgeIntoFile(opened, path)
      const value = (column: string) => `'${row[column] ?? row[column.toLowerCase()]}'`
      const key = [
        'CONSUMER_KEY_ID',
        'AUTHZ_USER',
        'TENANT_ID',
        'USER_DOMAIN',
        'USER_TYPE',
        'TOKEN_SCOPE_HASH',
        'TOKEN_STATE',
        'TOKEN_STATE_ID',
        'IDP_ID',
      ]
      await sql(`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN (TOKEN_ID, ${key.join(', ')}) VALUES ('other', ${key.map(value).join(', ')})`)
      const { outcome } = await parts(opened).backups.restoreFile(path, RESTORE)
      expect(outcome).toMatchObject({ key_taken: 1, restored: expect.any(Number), parent_gone: expect.any(Number) })
    })

    it('does not go into another database', async () => {
      const path = newPath()
      await purgeIntoFile(opened, path)
      const other = await openOther()
      await expect(parts(other).backups.restoreFile(path, RESTORE)).rejects.toMatchObject({ code: 'foreign_backup' })
    })
  })
}

const databases = temporaryDatabases()
afterAll(() => databases.closeAll())

async function openSqlite(): Promise<Opened> {
  const file = databases.newFile()
  const stores = await databases.open({ file })
  const sql: RunSql = async (statement) => {
    const connection = new Libsql(file, { timeout: 5000 })
    try {
      const prepared = connection.prepare(statement)
      if (prepared.reader) return prepared.all() as readonly Record<string, unknown>[]
      prepared.run()
      return []
    } finally {
      connection.close()
    }
  }
  return { engine: 'sqlite', stores, sql }
}

backupContract('SQLite', openSqlite, openSqlite)

for (const engine of await Promise.all([findEngine('postgres'), findEngine('mysql')])) {
  describeOn(engine, () => {
    const servers: Awaited<ReturnType<typeof createServerDatabase>>[] = []
    afterAll(async () => {
      for (const server of servers.splice(0)) await server.drop()
    })
    const openOn = async (place: number): Promise<Opened> => {
      servers[place] ??= await createServerDatabase(engine)
      const server = servers[place]
      return { engine: engine.engine, stores: (await server.openStores()) as unknown as Stores, sql: server.sql }
    }
    backupContract(
      engine.name,
      () => openOn(0),
      () => openOn(1),
    )
  })
}

describe('the file of a backup', () => {
  async function openPurged() {
    const opened = await openSqlite()
    await opened.sql("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
    for (const statement of insertRows('sqlite', { count: COUNT })) await opened.sql(statement)
    const path = newPath()
    await purgeIntoFile(opened, path)
    return { ...opened, path, ...parts(opened) }
  }

  it('is gzip of lines of JSON: a header, rows, and an end that counts them', async () => {
    const { path } = await openPurged()
    const lines = gunzipSync(readFileSync(path))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({
      format: 'jeton-purge-backup',
      version: 2,
      engine: 'sqlite',
      database: expect.any(String),
      run: expect.any(String),
    })
    expect(lines.at(-1)).toMatchObject({ end: true, rows: lines.filter((line) => Array.isArray(line)).length })
  })

  it('without its end is refused, and gives what is whole of it when it is asked to', async () => {
    const { path, backups, sql } = await openPurged()
    const whole = readFileSync(path)
    for (const part of [0.3, 0.6, 0.999]) {
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length * part)))
      await expect(backups.restoreFile(path, RESTORE)).rejects.toMatchObject({ code: 'truncated_backup' })
      const { outcome, complete } = await backups.restoreFile(path, { ...RESTORE, partial: true })
      expect(complete).toBe(false)
      expect(outcome.restored).toBeGreaterThan(0)
    }
    expect(await countOf(sql, 'IDN_OAUTH2_ACCESS_TOKEN')).toBeGreaterThan(COUNT * 0.8)
  })

  it('is refused when it was changed, is no backup, or is not there', async () => {
    const { path, backups } = await openPurged()
    const text = gunzipSync(readFileSync(path)).toString().replace('"REVOKED"', '"ACTIVE"')
    writeFileSync(path, gzipSync(text))
    await expect(backups.restoreFile(path, RESTORE)).rejects.toMatchObject({ code: 'bad_backup' })
    writeFileSync(path, 'no backup')
    await expect(backups.restoreFile(path, RESTORE)).rejects.toMatchObject({ code: 'bad_backup' })
    writeFileSync(path, '')
    await expect(backups.restoreFile(path, RESTORE)).rejects.toMatchObject({ code: 'bad_backup' })
    await expect(backups.restoreFile(`${path}.not`, RESTORE)).rejects.toMatchObject({ code: 'no_file' })
  })

  it('takes what is kept at once in turn', async () => {
    const { path, backups } = await openPurged()
    const beside = await backups.create(`${path}.beside`, 'beside')
    const rows = (id: string) => [{ table: 'IDN_OAUTH2_ACCESS_TOKEN', ...writeRows([{ TOKEN_ID: id, TOKEN_STATE: 'REVOKED' }]) }]
    await Promise.all(['a', 'b', 'c'].map((id) => beside.keep(rows(id))))
    await beside.end()
    await beside.close()
    expect(await backups.restoreFile(`${path}.beside`, { ...RESTORE, dryRun: true })).toMatchObject({ complete: true, outcome: { restored: 3 } })
  })

  it('is never written over', async () => {
    const { path, backups } = await openPurged()
    await expect(backups.create(path, 'again')).rejects.toMatchObject({ code: 'backup_exists' })
  })

  it('is not left behind by a purge that was refused, and is by one that found nothing', async () => {
    const { backups } = await openPurged()
    const path = newPath()
    await (await backups.create(path, 'refused')).close()
    expect(existsSync(path)).toBe(false)
    const backup = await backups.create(path, 'empty')
    await backup.end()
    await backup.close()
    expect(existsSync(path)).toBe(true)
  })

  it('that cannot be written keeps everything where it is', async () => {
    const opened = await openSqlite()
    await opened.sql("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
    for (const statement of insertRows('sqlite', { count: COUNT })) await opened.sql(statement)
    const { backups, purge } = parts(opened)
    const backup = await backups.create(newPath(), 'run')
    await backup.close()
    await expect(purge({ keep: backup.keep })).rejects.toMatchObject({ code: 'backup_failed' })
    expect(await countOf(opened.sql, 'IDN_OAUTH2_ACCESS_TOKEN')).toBe(COUNT)
  })
})
