import { createDatabaseSession } from '../../../../src/adapters/prisma/database-session.js'
import { Prisma } from '../../../../src/adapters/prisma/generated/sqlite/client.js'
import { describeRows, keepRows, readColumns } from '../../../../src/adapters/prisma/purge/keep-rows.js'
import type { DoomedRows } from '../../../../src/stores/purge-target.js'
import { type RowValues, readValues, writeValues } from '../../../../src/stores/row-json.js'
import { toldRows } from '../../../purge/told-rows.js'
import { describeOn, type FoundEngine, findEngine } from '../engines.js'
import { createServerDatabase, type ServerDatabase } from '../server-database.js'

const TABLE = 'IDN_SAMPLE'
const TYPES = {
  postgresql: { text: 'VARCHAR(200)', time: 'TIMESTAMP', bytes: 'BYTEA', real: 'DOUBLE PRECISION' },
  mysql: { text: 'VARCHAR(200)', time: 'DATETIME(3)', bytes: 'BLOB', real: 'DOUBLE' },
} as const
/** What JSON has to escape, and what it need not. */
const TEXTS = [
  '',
  'plain',
  '"quoted" \\ back/slash',
  'tab\tline\nreturn\r\f\b',
  '\u0001\u001f\u007f\u2028',
  'žluťoučký 漢字 😀',
  '{"int":"1"}',
  "it's",
]
const MORE_COLUMNS = 60
/** What a server has beside those. */
const COLUMNS = {
  postgresql: { 'another collation': { definition: 'VARCHAR(9) COLLATE "C"', value: "'Ab'" } },
  mysql: {
    'another character set': { definition: 'VARCHAR(9) CHARACTER SET latin1', value: "CONVERT(X'E96E' USING latin1)" },
    'another collation': { definition: 'VARCHAR(9) COLLATE utf8mb4_general_ci', value: "'Ab'" },
    'letters that only MySQL quotes': { definition: 'VARCHAR(9)', value: "CONVERT(X'611A005C27' USING utf8mb4)" },
  },
} as const

const hex = (text: string): string => Buffer.from(text).toString('hex')

async function fill(engine: FoundEngine['engine'], sql: ServerDatabase['sql'], hasReal: boolean): Promise<void> {
  const { text, time, bytes, real } = TYPES[engine]
  const more = Array.from({ length: MORE_COLUMNS }, (_, index) => `M${index} INTEGER`)
  await sql(`DROP TABLE IF EXISTS ${TABLE}`)
  await sql(`CREATE TABLE ${TABLE} (ID INTEGER, A_TEXT ${text}, A_CHAR CHAR(3), A_LONG BIGINT, A_TIME ${time}, A_BLOB ${bytes}, ${more.join(', ')}
    ${hasReal ? `, A_REAL ${real}` : ''})`)
  const literal = (value: string): string =>
    engine === 'mysql' ? `CONVERT(X'${hex(value)}' USING utf8mb4)` : `convert_from(decode('${hex(value)}', 'hex'), 'UTF8')`
  const blob = (length: number): string => {
    const digits = Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 256)).toString('hex')
    return engine === 'mysql' ? `X'${digits}'` : `decode('${digits}', 'hex')`
  }
  for (const [index, value] of TEXTS.entries()) {
    await sql(`INSERT INTO ${TABLE} (ID, A_TEXT, A_CHAR, A_LONG, A_TIME, A_BLOB, M7)
      VALUES (${index}, ${literal(value)}, 'abc', 9223372036854775807, '2026-02-28 23:59:59.${index}07', ${blob(index * 40)}, -${index})`)
  }
  await sql(`INSERT INTO ${TABLE} (ID) VALUES (100)`)
}

for (const found of await Promise.all([findEngine('postgres'), findEngine('mysql')])) {
  describeOn(found, () => {
    describe(`rows that are kept (${found.name})`, () => {
      let database: ServerDatabase
      beforeAll(async () => {
        database = await createServerDatabase(found)
      })
      afterAll(() => database.drop())

      /** What is kept of every row, whether the database wrote it, and what the rows are. */
      async function keepAll() {
        const session = createDatabaseSession(await database.openEngine())
        try {
          return await session.run(async (runner) => {
            const kept: DoomedRows[] = []
            await keepRows(runner, async (rows) => void kept.push(...rows), { table: TABLE, which: Prisma.sql`1 = 1` })
            const rows = await runner.rows<Readonly<Record<string, unknown>>>(Prisma.sql`SELECT * FROM ${Prisma.raw(TABLE)}`)
            return { kept, rows, isWrittenThere: describeRows(runner.dialect, [TABLE], await readColumns(runner, [TABLE])) !== undefined }
          })
        } finally {
          await session.close()
        }
      }

      /** As they are after they have been written here. */
      const written = (rows: readonly RowValues[]) => rows.map((row) => readValues(JSON.parse(writeValues(row))))
      const read = (kept: readonly DoomedRows[]) => toldRows(kept).map(({ values }) => values)

      it('are written by the database as they would be here', async () => {
        await fill(found.engine, database.sql, false)
        const { kept, rows, isWrittenThere } = await keepAll()
        expect(isWrittenThere).toBe(true)
        expect(read(kept)).toHaveLength(TEXTS.length + 1)
        expect(read(kept)).toEqual(written(rows))
        expect(read(kept).map(({ A_TEXT }) => A_TEXT)).toEqual([...TEXTS, null])
        expect(kept.flatMap(({ lines }) => lines).filter((line) => line.includes('\n'))).toEqual([])
      })

      it.each(Object.entries(COLUMNS[found.engine]))('are written by the database too with a column of %s', async (_kind, { definition, value }) => {
        await fill(found.engine, database.sql, false)
        await database.sql(`ALTER TABLE ${TABLE} ADD COLUMN A_MORE ${definition}`)
        await database.sql(`UPDATE ${TABLE} SET A_MORE = ${value}`)
        const { kept, rows, isWrittenThere } = await keepAll()
        expect(isWrittenThere).toBe(true)
        expect(read(kept)).toEqual(written(rows))
      })

      it('are written here where the database has a type of its own', async () => {
        await fill(found.engine, database.sql, true)
        const { kept, rows, isWrittenThere } = await keepAll()
        expect(isWrittenThere).toBe(false)
        expect(read(kept)).toEqual(written(rows))
      })
    })
  })
}
