import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sqlOn, temporaryDatabases } from './temporary-database.js'

const HERE = dirname(fileURLToPath(import.meta.url))
const databases = temporaryDatabases()
afterEach(() => databases.closeAll())

async function askSchemaEngine(change: string): Promise<unknown> {
  const file = databases.newFile()
  await (await databases.open({ file })).close()
  sqlOn(file, (database) => database.exec(change))
  const program = ['--import', 'tsx', join(HERE, 'schema-engine-process.ts'), file]
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: join(HERE, '../../..') })
  return JSON.parse(stdout)
}

describe('The migrations for SQLite', () => {
  it("make the schema that the models describe, and leave a history that Prisma's own engine accepts", async () => {
    expect(await askSchemaEngine('')).toEqual({ changes: 0, edited: [], failed: [], history: null })
  }, 30_000)

  it('would be found to differ if they did', async () => {
    expect(await askSchemaEngine('DROP INDEX IDX_JETON_AT_GRANT')).toMatchObject({ changes: 1 })
  }, 30_000)
})
