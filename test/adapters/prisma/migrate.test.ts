import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateDatabase, readMigrationState } from '../../../src/adapters/prisma/migrate.js'
import { withMigrationConnection } from '../../../src/adapters/prisma/sqlite-file.js'
import { sqlOn } from './temporary-database.js'

describe('migrateDatabase', () => {
  let folder = ''
  let file = ''
  const migrations = () => join(folder, 'migrations')

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-migrate-'))
    file = join(folder, 'x.db')
    write('1_first', "CREATE TABLE A (X TEXT);\nINSERT INTO A VALUES ('a;b');")
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function write(name: string, sql: string): void {
    mkdirSync(join(migrations(), name), { recursive: true })
    writeFileSync(join(migrations(), name, 'migration.sql'), sql)
  }
  const migrate = () => withMigrationConnection(file, (connection) => migrateDatabase(connection, migrations()))
  const state = () => withMigrationConnection(file, (connection) => readMigrationState(connection, migrations()))
  const tables = () =>
    sqlOn(file, (database) =>
      (database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).all() as { name: string }[]).map(({ name }) => name),
    )

  it('applies what is missing, in the order of the names, and then nothing', async () => {
    write('2_second', 'ALTER TABLE A ADD COLUMN Y TEXT')
    expect(await state()).toEqual({ applied: [], pending: ['1_first', '2_second'] })
    expect(await migrate()).toEqual(['1_first', '2_second'])
    expect(await migrate()).toEqual([])
    write('3_third', 'CREATE TABLE B (X TEXT)')
    expect(await state()).toEqual({ applied: ['1_first', '2_second'], pending: ['3_third'] })
    expect(await migrate()).toEqual(['3_third'])
    expect(tables()).toEqual(['A', 'B', '_prisma_migrations'])
  })

  it('applies all or nothing', async () => {
    write('2_broken', 'CREATE TABLE B (X TEXT); CREATE TABLE A (X TEXT)')
    await expect(migrate()).rejects.toThrow('already exists')
    expect(tables()).toEqual([])
  })

  it('changes nothing when it is only asked', async () => {
    await state()
    expect(tables()).toEqual([])
  })

  it('refuses a migration that was changed after it was applied', async () => {
    await migrate()
    write('1_first', 'CREATE TABLE A (X TEXT, Y TEXT)')
    write('2_second', 'CREATE TABLE B (X TEXT)')
    await expect(migrate()).rejects.toMatchObject({ code: 'migration_changed', message: expect.stringContaining('1_first') })
    await expect(state()).rejects.toMatchObject({ code: 'migration_changed' })
    expect(tables()).toEqual(['A', '_prisma_migrations'])
  })

  it('refuses a database in which a migration was begun and has not finished, unless it was rolled back', async () => {
    await migrate()
    sqlOn(file, (database) => database.exec(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '2_failed')`))
    await expect(migrate()).rejects.toMatchObject({ code: 'migration_failed', message: expect.stringContaining('2_failed') })
    sqlOn(file, (database) => database.exec(`UPDATE _prisma_migrations SET rolled_back_at = 1 WHERE id = 'x'`))
    expect(await migrate()).toEqual([])
  })

  it('refuses a database that a later version has migrated', async () => {
    write('2_later', 'CREATE TABLE B (X TEXT)')
    await migrate()
    rmSync(join(migrations(), '2_later'), { recursive: true })
    await expect(migrate()).rejects.toMatchObject({ code: 'migration_unknown', message: expect.stringContaining('2_later') })
  })
})
