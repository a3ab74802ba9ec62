import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ActualSchema, ActualTable } from '../../../../src/adapters/prisma/adopt/actual-schema.js'
import { fitStatement } from '../../../../src/adapters/prisma/adopt/fit-statement.js'
import { type MigrationStatement, parseMigration } from '../../../../src/adapters/prisma/adopt/migration-statements.js'

const only = (sql: string): MigrationStatement => parseMigration(sql)[0] as MigrationStatement

const table = (columns: Readonly<Record<string, 'text' | 'integer'>>, indexes: ActualTable['indexes'] = new Map()): ActualTable => ({
  columns: new Map(Object.entries(columns).map(([name, kind]) => [name, { kind, isOptional: true, isTouchedByUpdates: false }])),
  indexes,
})
const schemaOf = (tables: Readonly<Record<string, ActualTable>>, sequences: readonly string[] = []): ActualSchema => ({
  tables: new Map(Object.entries(tables)),
  sequences: new Set(sequences),
})

describe.each(['postgresql', 'mysql'])('The migrations for %s', (engine) => {
  const folder = `prisma/migrations/${engine}`
  const names = readdirSync(folder).filter((name) => !name.endsWith('.toml'))

  it.each(names)('%s has only statements that can be fitted to tables of WSO2', (name) => {
    const statements = parseMigration(readFileSync(join(folder, name, 'migration.sql'), 'utf8'))
    expect(statements.length).toBeGreaterThan(0)
    expect(statements.filter(({ kind }) => kind === 'not understood')).toEqual([])
  })
})

describe('A statement of a migration', () => {
  it('is read with its columns, without its constraints, and whatever stands in brackets', () => {
    const sql = `-- says why
CREATE TABLE A (
    X INTEGER DEFAULT (F(1, 2)),
    Y VARCHAR(9) NOT NULL,
    CONSTRAINT Z FOREIGN KEY (X) REFERENCES B (C) ON DELETE CASCADE,
    PRIMARY KEY (X, Y)
) ENGINE = InnoDB;
ALTER TABLE A ADD COLUMN U TEXT, ADD COLUMN V DECIMAL(3, 1);
CREATE UNIQUE INDEX I ON A (X, Y(9));
DELETE FROM A;
`
    expect(parseMigration(sql)).toMatchObject([
      {
        kind: 'create table',
        table: 'A',
        columns: [
          { name: 'X', definition: 'INTEGER DEFAULT (F(1, 2))' },
          { name: 'Y', definition: 'VARCHAR(9) NOT NULL' },
        ],
      },
      { kind: 'add columns', columns: [{ name: 'U' }, { name: 'V', definition: 'DECIMAL(3, 1)' }] },
      { kind: 'create index', index: 'I', isUnique: true, columns: ['X', 'Y'] },
      { kind: 'not understood' },
    ])
  })

  it('is done as it is where nothing of it is there', () => {
    const statement = only('CREATE TABLE JETON_X (A INTEGER)')
    expect(fitStatement(statement, schemaOf({}))).toEqual([statement.sql])
  })

  it('adds to a table of WSO2 what is missing, in one go', () => {
    const create = only('CREATE TABLE IDN_OAUTH2_ACCESS_TOKEN (A VARCHAR(9), JETON_B TEXT, PURGE_AFTER BIGINT)')
    expect(fitStatement(create, schemaOf({ IDN_OAUTH2_ACCESS_TOKEN: table({ A: 'text' }) }))).toEqual([
      'ALTER TABLE IDN_OAUTH2_ACCESS_TOKEN ADD COLUMN JETON_B TEXT, ADD COLUMN PURGE_AFTER BIGINT',
    ])
    const complete = schemaOf({ IDN_OAUTH2_ACCESS_TOKEN: table({ A: 'text', JETON_B: 'text', PURGE_AFTER: 'integer' }) })
    expect(fitStatement(create, complete)).toEqual([])
    expect(fitStatement(only('ALTER TABLE IDN_OAUTH2_ACCESS_TOKEN ADD COLUMN JETON_B TEXT'), complete)).toEqual([])
  })

  it('leaves out what only a newer schema of WSO2 has in place of another primary key', () => {
    const create = only('CREATE TABLE IDN_FED_AUTH_SESSION_MAPPING (ID INTEGER NOT NULL, IDP_SESSION_ID TEXT, TENANT_ID INTEGER, PRIMARY KEY (ID))')
    expect(fitStatement(create, schemaOf({ IDN_FED_AUTH_SESSION_MAPPING: table({ IDP_SESSION_ID: 'text' }) }))).toEqual([])
    expect(() => fitStatement(create, schemaOf({ IDN_FED_AUTH_SESSION_MAPPING: table({ ID: 'integer' }) }))).toThrow('no column IDP_SESSION_ID')
  })

  it.each([
    ['a column of its own is missing', { A: 'text' }, 'no column B'],
    ['a column holds something else', { A: 'text', B: 'text' }, 'IDN_X.B holds no integer'],
  ] as const)('is refused by name where %s', (_name, columns, message) => {
    const statement = only('CREATE TABLE IDN_X (A TEXT, B INTEGER)')
    expect(() => fitStatement(statement, schemaOf({ IDN_X: table(columns) }))).toThrow(message)
  })

  it("is refused where a table of WSO2's demands what Jeton does not know, or has Jeton's name", () => {
    const demanding: ActualTable = {
      ...table({ A: 'text' }),
      columns: new Map([
        ['A', { kind: 'text', isOptional: true, isTouchedByUpdates: false }],
        ['WHAT', { kind: 'text', isOptional: false, isTouchedByUpdates: false }],
      ]),
    }
    expect(() => fitStatement(only('CREATE TABLE IDN_X (A TEXT)'), schemaOf({ IDN_X: demanding }))).toThrow('IDN_X.WHAT is unknown')
    expect(() => fitStatement(only('CREATE TABLE JETON_X (A TEXT, B TEXT)'), schemaOf({ JETON_X: table({ A: 'text' }) }))).toThrow(
      'JETON_X has no column B',
    )
  })

  it('makes no index where one does the same already', () => {
    const statement = only('CREATE INDEX I ON IDN_X (A, B)')
    const withIndex = (name: string, columns: readonly string[]) =>
      schemaOf({ IDN_X: table({ A: 'text', B: 'text' }, new Map([[name, { isUnique: false, columns }]])) })
    expect(fitStatement(statement, withIndex('J', ['A', 'B']))).toEqual([])
    expect(fitStatement(statement, withIndex('I', ['A']))).toEqual([])
    expect(fitStatement(statement, withIndex('J', ['B', 'A']))).toEqual([statement.sql])
    expect(fitStatement(only('CREATE UNIQUE INDEX I ON IDN_X (A, B)'), withIndex('J', ['A', 'B']))).toHaveLength(1)
  })

  it("neither makes nor drops an index of WSO2's that nothing reads", () => {
    const withIndex = schemaOf({
      IDN_OAUTH2_ACCESS_TOKEN: table({ TIME_CREATED: 'text' }, new Map([['IDX_TC', { isUnique: false, columns: ['TIME_CREATED'] }]])),
    })
    const without = schemaOf({ IDN_OAUTH2_ACCESS_TOKEN: table({ TIME_CREATED: 'text' }) })
    expect(fitStatement(only('CREATE INDEX IDX_TC ON IDN_OAUTH2_ACCESS_TOKEN (TIME_CREATED)'), without)).toEqual([])
    for (const drop of ['DROP INDEX IDX_TC', 'DROP INDEX IDX_TC ON IDN_OAUTH2_ACCESS_TOKEN']) expect(fitStatement(only(drop), withIndex)).toEqual([])
  })

  it('that is none of the known kinds is refused', () => {
    expect(() => fitStatement(only('UPDATE IDN_X SET A = 1'), schemaOf({}))).toThrow('cannot be fitted')
  })
})
