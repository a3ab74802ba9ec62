import { loadSchemaEngine, type SchemaEngine } from './schema-engine.js'
import { sqlOn, temporaryDatabases } from './temporary-database.js'

const databases = temporaryDatabases()
afterEach(() => databases.closeAll())

describe('The migrations for SQLite', () => {
  let openSchemaEngine: (file: string) => Promise<SchemaEngine>
  beforeAll(async () => {
    openSchemaEngine = await loadSchemaEngine()
  })

  it('make the schema that the models describe', async () => {
    const file = databases.newFile()
    await (await databases.open({ file })).close()
    const engine = await openSchemaEngine(file)
    expect(await engine.pushModels()).toBe(0)
  })

  it('would be found to differ if they did', async () => {
    const file = databases.newFile()
    await (await databases.open({ file })).close()
    sqlOn(file, (database) => database.exec('DROP INDEX IDX_JETON_AT_GRANT'))
    const engine = await openSchemaEngine(file)
    expect(await engine.pushModels()).toBeGreaterThan(0)
  })

  it("leave a history that Prisma's own engine accepts", async () => {
    const file = databases.newFile()
    await (await databases.open({ file })).close()
    const engine = await openSchemaEngine(file)
    expect(await engine.diagnose()).toMatchObject({ editedMigrationNames: [], failedMigrationNames: [], history: null })
  })
})
