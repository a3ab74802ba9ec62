import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../../src/adapters/prisma/engines/engine.js'
import { migrateDatabase, readMigrationState } from '../../../src/adapters/prisma/migrate.js'
import type { FoundEngine } from './engines.js'
import { createServerDatabase, type ServerDatabase } from './server-database.js'

/** What the migrator promises on a server, where several nodes may begin at once. */
export function serverMigrationsContract(found: FoundEngine): void {
  describe(`Migrations (${found.version})`, () => {
    let folder: string
    let database: ServerDatabase
    let engines: Engine[]
    const write = (name: string, sql: string): void => {
      mkdirSync(join(folder, name), { recursive: true })
      writeFileSync(join(folder, name, 'migration.sql'), sql)
    }
    const open = async (): Promise<Engine> => {
      const engine = await database.openEngine()
      engines.push(engine)
      return engine
    }
    const migrate = (engine: Engine) => engine.withMigrationConnection((connection) => migrateDatabase(connection, folder))
    const state = (engine: Engine) => engine.withMigrationConnection((connection) => readMigrationState(connection, folder))
    const isThere = (table: string): Promise<boolean> =>
      database.sql(`SELECT * FROM ${table}`).then(
        () => true,
        () => false,
      )
    beforeEach(async () => {
      engines = []
      folder = mkdtempSync(join(tmpdir(), 'jeton-migrations-'))
      database = await createServerDatabase(found)
      write('1_first', "CREATE TABLE A (X VARCHAR(9));\nINSERT INTO A (X) VALUES ('a;b')")
    })
    afterEach(async () => {
      for (const engine of engines) await engine.close()
      await database.drop()
      rmSync(folder, { recursive: true })
    })

    it('are applied once and in order, by one of three nodes that begin at once', async () => {
      write('2_second', 'ALTER TABLE A ADD COLUMN Y VARCHAR(9)')
      const nodes = [await open(), await open(), await open()]
      const applied = await Promise.all(nodes.map(migrate))
      expect(applied.flat()).toEqual(['1_first', '2_second'])
      expect(await state(nodes[0] as Engine)).toEqual({ applied: ['1_first', '2_second'], pending: [] })
      expect(await database.sql('SELECT * FROM A')).toHaveLength(1)
    })

    it('change nothing when they are only asked for', async () => {
      expect(await state(await open())).toEqual({ applied: [], pending: ['1_first'] })
      expect(await isThere('_prisma_migrations')).toBe(false)
    })

    it('are refused when one was changed after it was applied, and when a later version has applied more', async () => {
      const engine = await open()
      write('2_second', 'CREATE TABLE B (X VARCHAR(9))')
      await migrate(engine)
      write('2_second', 'CREATE TABLE C (X VARCHAR(9))')
      await expect(migrate(engine)).rejects.toMatchObject({ code: 'migration_changed', message: expect.stringContaining('2_second') })
      await expect(state(engine)).rejects.toMatchObject({ code: 'migration_changed' })
      rmSync(join(folder, '2_second'), { recursive: true })
      await expect(migrate(engine)).rejects.toMatchObject({ code: 'migration_unknown', message: expect.stringContaining('2_second') })
    })

    it('leave nothing behind when one fails, or leave it written down where the engine cannot take it back', async () => {
      const engine = await open()
      await migrate(engine)
      write('2_broken', 'CREATE TABLE B (X VARCHAR(9)); CREATE TABLE A (X VARCHAR(9))')
      await expect(migrate(engine)).rejects.toThrow(/exists/)
      const takesBack = found.engine === 'postgresql'
      expect(await isThere('B')).toBe(!takesBack)
      if (takesBack) {
        write('2_broken', 'CREATE TABLE B (X VARCHAR(9))')
        expect(await migrate(engine)).toEqual(['2_broken'])
      } else {
        await expect(migrate(engine)).rejects.toMatchObject({ code: 'migration_failed', message: expect.stringContaining('2_broken') })
        await expect(state(engine)).rejects.toMatchObject({ code: 'migration_failed' })
        await database.sql(`UPDATE _prisma_migrations SET rolled_back_at = CURRENT_TIMESTAMP WHERE migration_name = '2_broken'`)
        await database.sql('DROP TABLE B')
        write('2_broken', 'CREATE TABLE B (X VARCHAR(9))')
        expect(await migrate(engine)).toEqual(['2_broken'])
      }
    })
  })
}
