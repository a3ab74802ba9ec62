import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openMysql } from '../../dist/adapters/prisma/engines/mysql-engine.js'
import { openPostgresql } from '../../dist/adapters/prisma/engines/postgresql-engine.js'
import { openSqlite } from '../../dist/adapters/prisma/engines/sqlite-engine.js'

/** Seeding takes longer than any statement of a server may. */
const STATEMENT_TIMEOUT_MS = 300_000

const openPostgres = (url, poolSize) => openPostgresql({ engine: 'postgresql', url, poolSize, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
const openMariadb = (url, poolSize) => openMysql({ engine: 'mysql', url, poolSize, statementTimeoutMs: STATEMENT_TIMEOUT_MS })

/** What `--engine` may name. `server` is where one is looked for without `--url`. */
const ENGINES = {
  sqlite: { type: 'sqlite', open: (file) => openSqlite({ file }) },
  postgres: { type: 'postgre', engine: 'postgresql', server: 'postgresql://postgres@127.0.0.1:5432/postgres', open: openPostgres },
  mysql: { type: 'mysql', engine: 'mysql', server: 'mysql://root@127.0.0.1:3306/mysql', open: openMariadb },
}

export const ENGINE_NAMES = Object.keys(ENGINES)

/** The engine as Jeton itself opens it, and with it the client, the dialect and the settings of its sessions. */
export const openEngine = ({ name, address }, poolSize = 2) => ENGINES[name].open(address, poolSize)

/**
 * An empty database with a name of its own, on the server at `url` or, for SQLite, in `folder`.
 * `options` is what Jeton's openDatabase takes, `toml` what its configuration says.
 */
export async function createBenchDatabase(name, { url, folder }) {
  const kind = ENGINES[name]
  if (name === 'sqlite') return describeFile(join(folder, 'jeton.db'))
  const server = { name, address: url ?? kind.server }
  const database = `jeton_bench_${randomBytes(4).toString('hex')}`
  await runOnce(server, `CREATE DATABASE ${database}`)
  const own = new URL(server.address)
  own.pathname = `/${database}`
  return {
    name,
    address: own.href,
    options: { engine: kind.engine, url: own.href },
    toml: `[database.identity_db]\ntype = "${kind.type}"\nurl = "${own.href}"\n`,
    drop: () => runOnce(server, `DROP DATABASE ${database}${name === 'postgres' ? ' WITH (FORCE)' : ''}`),
  }
}

function describeFile(file) {
  const toml = `[database.identity_db]\ntype = "sqlite"\nname = ${JSON.stringify(file)}\n`
  return { name: 'sqlite', address: file, options: { file }, toml, drop: async () => undefined }
}

async function runOnce(server, sql) {
  const { client, close } = await openEngine(server)
  await client.$executeRawUnsafe(sql).finally(close)
}

const ROWS_A_STATEMENT = 5000

/** Writes `count` rows by plain insertions of many; `rowAt(index)` is the text of one row, without parentheses. */
export async function insertRows(client, { table, columns, count, rowAt }) {
  for (let from = 0; from < count; from += ROWS_A_STATEMENT) {
    const rows = Array.from({ length: Math.min(ROWS_A_STATEMENT, count - from) }, (_, index) => `(${rowAt(from + index)})`)
    await client.$executeRawUnsafe(`INSERT INTO ${table} (${columns}) VALUES ${rows.join(',')}`)
  }
}
