import mariadb from 'mariadb'
import pg from 'pg'

/** A database server that the tests may use, or why there is none. */
export interface FoundEngine {
  readonly name: 'postgres' | 'mysql'
  readonly engine: 'postgresql' | 'mysql'
  /** Of an account that may create databases. */
  readonly url: string
  readonly version: string | undefined
  readonly missing: string | undefined
}

const WAIT_MS = 2_000

const ENGINES = {
  postgres: {
    engine: 'postgresql',
    variable: 'JETON_TEST_POSTGRES_URL',
    standard: 'postgresql://postgres@127.0.0.1:5432/postgres',
    ask: askPostgres,
  },
  mysql: { engine: 'mysql', variable: 'JETON_TEST_MYSQL_URL', standard: 'mysql://root@127.0.0.1:3306/mysql', ask: askMysql },
} as const

export const ENGINE_NAMES = Object.keys(ENGINES) as readonly FoundEngine['name'][]

/** Looks where the environment says, else at the engine's own port on loopback. */
export async function findEngine(name: FoundEngine['name']): Promise<FoundEngine> {
  const { engine, variable, standard, ask } = ENGINES[name]
  const url = process.env[variable] ?? standard
  try {
    return { name, engine, url, version: await ask(url), missing: undefined }
  } catch (error) {
    return {
      name,
      engine,
      url,
      version: undefined,
      missing: error instanceof Error ? error.message || String(Reflect.get(error, 'code')) : String(error),
    }
  }
}

/** Whether `JETON_REQUIRE` makes the absence of the engine a failure. */
export function isRequired(name: string): boolean {
  return (process.env.JETON_REQUIRE ?? '').split(/[,\s]+/).includes(name)
}

/** The suite where there is such an engine; else its name, skipped, or failed where it is required. */
export function describeOn(found: FoundEngine, suite: () => void): void {
  if (found.missing === undefined) {
    suite()
  } else if (isRequired(found.name)) {
    it(`${found.name} answers, since JETON_REQUIRE names it`, () => {
      expect(found.missing).toBeUndefined()
    })
  } else {
    describe.skip(`${found.name} (not found: ${found.missing})`, () => {
      it('is skipped', () => undefined)
    })
  }
}

async function askPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: WAIT_MS })
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
  await client.end()
  return `PostgreSQL ${rows[0]?.server_version}`
}

async function askMysql(url: string): Promise<string> {
  const connection = await mariadb.createConnection(mysqlAddress(url))
  const [row] = await connection.query<readonly { readonly VERSION: string }[]>('SELECT VERSION() AS VERSION')
  await connection.end()
  return row?.VERSION.includes('MariaDB') ? `MariaDB ${row.VERSION}` : `MySQL ${row?.VERSION}`
}

export function mysqlAddress(url: string): mariadb.ConnectionConfig {
  const { hostname, port, pathname, username, password } = new URL(url)
  return {
    host: hostname,
    port: Number(port || 3306),
    database: pathname.slice(1),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectTimeout: WAIT_MS,
  }
}
