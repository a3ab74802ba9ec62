import type { PurgedDatabase } from './purged-database.js'

/** WSO2's tables of the registry, as far as its log, properties and tags need them, and without indexes. */
const TABLES: readonly string[] = [
  `CREATE TABLE REG_LOG (REG_LOG_ID INTEGER NOT NULL, REG_PATH VARCHAR(750), REG_USER_ID VARCHAR(31) NOT NULL, REG_LOGGED_TIME TIMESTAMP NOT NULL,
    REG_ACTION INTEGER NOT NULL, REG_ACTION_DATA VARCHAR(500), REG_TENANT_ID INTEGER DEFAULT 0 NOT NULL, PRIMARY KEY (REG_LOG_ID, REG_TENANT_ID))`,
  'CREATE TABLE REG_RESOURCE (REG_PATH_ID INTEGER NOT NULL, REG_NAME VARCHAR(256), REG_VERSION INTEGER NOT NULL, REG_TENANT_ID INTEGER DEFAULT 0 NOT NULL)',
  'CREATE TABLE REG_RESOURCE_HISTORY (REG_PATH_ID INTEGER NOT NULL, REG_NAME VARCHAR(256), REG_VERSION INTEGER NOT NULL, REG_TENANT_ID INTEGER DEFAULT 0 NOT NULL)',
  ...['PROPERTY', 'TAG'].flatMap((kind) => [
    `CREATE TABLE REG_${kind} (REG_ID INTEGER NOT NULL, REG_NAME VARCHAR(100), REG_TENANT_ID INTEGER DEFAULT 0 NOT NULL, PRIMARY KEY (REG_ID, REG_TENANT_ID))`,
    `CREATE TABLE REG_RESOURCE_${kind} (REG_${kind}_ID INTEGER NOT NULL, REG_VERSION INTEGER, REG_PATH_ID INTEGER, REG_RESOURCE_NAME VARCHAR(256),
      REG_TENANT_ID INTEGER DEFAULT 0 NOT NULL, FOREIGN KEY (REG_${kind}_ID, REG_TENANT_ID) REFERENCES REG_${kind} (REG_ID, REG_TENANT_ID))`,
  ]),
]
const NAMES = TABLES.map((statement) => /^CREATE TABLE (\w+)/.exec(statement)?.[1] ?? '').reverse()

/** Anew, in place of one that is there. */
export async function createRegistry(database: PurgedDatabase): Promise<void> {
  await dropRegistry(database)
  for (const statement of TABLES) await database.sql(statement)
}

export async function dropRegistry({ sql }: PurgedDatabase): Promise<void> {
  for (const table of NAMES) await sql(`DROP TABLE IF EXISTS ${table}`)
}

export interface JudgedLine {
  readonly id: number
  readonly tenant: number
  readonly path: string | null
  readonly action: number
  /** Hours ago. */
  readonly age: number
}

export type LineVerdict = 'superseded' | 'deleted' | 'stays'

export const nameOfLine = ({ id, tenant }: Pick<JudgedLine, 'id' | 'tenant'>): string => `${id} ${tenant}`

/** Decides about one line at a time, from the reference's text; what says that a resource is gone waits for a day and the two hours of the safe period. */
export function judgeLine({ id, tenant, path, action, age }: JudgedLine, all: readonly JudgedLine[]): LineVerdict {
  if (path === null) return 'stays'
  if (all.some((other) => other.path === path && other.tenant === tenant && other.id > id)) return 'superseded'
  return action === 7 && age > 26 ? 'deleted' : 'stays'
}

/** The same lines each time: of some paths, one of which is none, in two tenants. */
export function someLines(count: number): readonly JudgedLine[] {
  return Array.from({ length: count }, (_, number) => ({
    id: number + 1,
    tenant: number % 3 === 0 ? -1234 : 1,
    path: number % 41 === 0 ? null : `/_system/${(number * number) % 67}`,
    action: [0, 7, 2, 7, 7, 1][(number * 5) % 6] ?? 0,
    age: number % 2 === 0 ? 25 : 27,
  }))
}

export async function insertLines({ engine, sql }: PurgedDatabase, lines: readonly JudgedLine[]): Promise<void> {
  const ago = (hours: number): string =>
    ({
      sqlite: `datetime('now', '-${hours} hours')`,
      postgresql: `timezone('UTC', now()) - INTERVAL '${hours} hours'`,
      mysql: `UTC_TIMESTAMP() - INTERVAL ${hours} HOUR`,
    })[engine]
  const values = lines.map(
    ({ id, tenant, path, action, age }) => `(${id}, ${tenant}, ${path === null ? 'NULL' : `'${path}'`}, 'admin', ${ago(age)}, ${action})`,
  )
  if (engine === 'mysql') await sql("SET time_zone = '+00:00'")
  await sql(`INSERT INTO REG_LOG (REG_LOG_ID, REG_TENANT_ID, REG_PATH, REG_USER_ID, REG_LOGGED_TIME, REG_ACTION) VALUES ${values.join(', ')}`)
}

export async function readLines({ sql }: PurgedDatabase): Promise<readonly string[]> {
  const rows = await sql('SELECT REG_LOG_ID, REG_TENANT_ID FROM REG_LOG ORDER BY REG_LOG_ID')
  return rows.map((row) => nameOfLine({ id: Number(row.REG_LOG_ID), tenant: Number(row.REG_TENANT_ID) }))
}
