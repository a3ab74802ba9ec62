import type { FoundEngine } from '../adapters/prisma/engines.js'
import { createServerDatabase, type ServerDatabase } from '../adapters/prisma/server-database.js'
import { readScript, statementsOf, withSettings } from './sql-scripts.js'
import type { RunSql } from './wso2-rows.js'
import { createWso2Tables } from './wso2-tables.js'

/** A database with every table that a script can meet, and the script installed in it. */
export interface SqlDatabase {
  readonly engine: FoundEngine['engine']
  readonly url: string
  readonly sql: RunSql
  /** Installs the script anew, with other values of its variables. */
  install(settings?: Readonly<Record<string, string>>): Promise<void>
  purge(): Promise<void>
  /** The values of the first column, in order. */
  column(query: string): Promise<readonly string[]>
  empty(): Promise<void>
  drop(): Promise<void>
}

/** Small, so that every target needs several batches. */
const QUICKLY = { batch: '40', pause: '0' }

const EMPTIED = [
  ...['IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'IDN_OAUTH2_TOKEN_BINDING', 'IDN_OAUTH2_ACCESS_TOKEN', 'IDN_OAUTH2_ACCESS_TOKEN_AUDIT'],
  ...['IDN_OAUTH2_AUTHZ_CODE_SCOPE', 'IDN_OAUTH2_AUTHORIZATION_CODE', 'JETON_GRANT', 'JETON_REVOCATION', 'REG_LOG'],
  ...['IDN_AUTH_SESSION_STORE', 'IDN_AUTH_TEMP_SESSION_STORE', 'IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO'],
  ...['IDN_AUTH_SESSION_META_DATA', 'IDN_FED_AUTH_SESSION_MAPPING', 'JETON_ORPHANED_SESSION'],
  ...['IDN_OAUTH2_DEVICE_FLOW', 'IDN_OAUTH2_DEVICE_FLOW_SCOPES', 'IDN_OAUTH2_CIBA_AUTH_CODE', 'IDN_OAUTH2_CIBA_REQUEST_SCOPES', 'IDN_OAUTH_PAR'],
]

/** `prepare`: done to it when the migrations are. */
export async function createSqlDatabase(found: FoundEngine, prepare?: (server: ServerDatabase) => Promise<void>): Promise<SqlDatabase> {
  const server = await createServerDatabase(found)
  const { sql, open, url, drop } = server
  await (await open()).migrate()
  await prepare?.(server)
  await createWso2Tables(sql)
  await sql("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
  const install: SqlDatabase['install'] = async (settings = {}) => {
    const script = withSettings(readScript(found.engine), { ...QUICKLY, ...settings })
    for (const statement of statementsOf(found.engine, script)) await sql(statement)
  }
  return {
    engine: found.engine,
    url,
    sql,
    install,
    drop,
    purge: async () => void (await sql('CALL JETON_PURGE_SQL()')),
    column: async (query) => (await sql(query)).map((row) => String(Object.values(row)[0])).sort(),
    empty: async () => {
      for (const table of EMPTIED) await sql(`DELETE FROM ${table}`)
      await sql('UPDATE JETON_HEAD SET SEQ = 0, TRIMMED_TO = 0')
    },
  }
}

/** Rows of one insertion. */
export function insertion(table: string, columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const literal = (value: unknown): string => {
    if (value === null || value === undefined) return 'NULL'
    return typeof value === 'string' ? `'${value}'` : String(value)
  }
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ')}`
}

/** As a column of WSO2's holds it: UTC, without a zone. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
