import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { JETON } from './node.js'
import type { ChaosEngine } from './options.js'

/** Something that a run needs is not installed. */
export class NotInstalled extends Error {}

/** Where the programs of the servers are. */
export type Programs = Readonly<Record<ProgramName, string>>

type ProgramName = (typeof NEEDED)[ChaosEngine][number]

const NEEDED = {
  postgres: ['redis-server', 'redis-cli', 'initdb', 'postgres'],
  mysql: ['redis-server', 'redis-cli', 'mariadb-install-db', 'mariadbd'],
} as const

const POSTGRES_ROOT = '/usr/lib/postgresql'

/** @throws NotInstalled that names everything that is missing. */
export function findPrograms(engine: ChaosEngine): Programs {
  const folders = [...newestPostgres(), ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const found = NEEDED[engine].map((name) => [name, folders.map((folder) => join(folder, name)).find(isProgram)] as const)
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name)
  if (missing.length > 0) throw new NotInstalled(`not installed, or not in PATH: ${missing.join(', ')}. ${remedyFor(engine)}`)
  if (!existsSync(JETON)) throw new NotInstalled('Jeton is not built: run "npm run build"')
  return Object.fromEntries(found) as Programs
}

const remedyFor = (engine: ChaosEngine): string =>
  `--engine ${engine} starts servers of its own: install ${engine === 'postgres' ? 'PostgreSQL' : 'MariaDB'} and Redis (their services need not run)`

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where Debian keeps what is not meant to be called by hand. */
function newestPostgres(): readonly string[] {
  if (!existsSync(POSTGRES_ROOT)) return []
  return readdirSync(POSTGRES_ROOT)
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(POSTGRES_ROOT, version, 'bin'))
}
