import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { findFreePort } from '../src/main/demo/free-port.js'
import type { ChaosEngine } from './options.js'
import { NotInstalled, type Programs } from './programs.js'
import { createServerProcess, type ServerProcess } from './server-process.js'
import { createSql, type Sql } from './sql.js'

export interface DatabaseServer extends ServerProcess {
  readonly port: number
  readonly sql: Sql
  readonly version: string
}

export const DATABASE = 'jeton_chaos'

export interface DatabaseServerOptions {
  readonly engine: ChaosEngine
  readonly programs: Programs
  readonly folder: string
}

/** A server of its own in `folder`, since it is going to be crashed, with an empty database. */
export async function startDatabaseServer(options: DatabaseServerOptions): Promise<DatabaseServer> {
  const { engine } = options
  const port = await findFreePort()
  const server = engine === 'postgres' ? installPostgres(options, port) : installMysql(options, port)
  await server.start()
  const sql = createSql(engine, port, DATABASE)
  await sql(`CREATE DATABASE ${DATABASE}`, engine === 'postgres' ? 'postgres' : 'mysql')
  const [row] = await sql('SELECT VERSION() AS VERSION')
  return { ...server, port, sql, version: String(row?.VERSION).split(' on ')[0] ?? '' }
}

function installPostgres({ programs, folder }: DatabaseServerOptions, port: number): ServerProcess {
  const data = join(folder, 'postgres')
  mkdirSync(data)
  const owner = ownerOf('postgres')
  if (owner !== undefined) chownSync(data, owner.uid, owner.gid)
  execFileSync(programs.initdb, ['-D', data, '-A', 'trust', '-U', 'root', '-E', 'UTF8', '--no-sync'], { ...owner, cwd: data, stdio: 'ignore' })
  const args = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=100']
  // SIGQUIT is the server's own crash: no checkpoint, and recovery at the next start.
  return createServerProcess({ command: programs.postgres, args, port, ...owner, killWith: 'SIGQUIT' })
}

function installMysql({ programs, folder }: DatabaseServerOptions, port: number): ServerProcess {
  const data = join(folder, 'mysql')
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const install = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...user]
  execFileSync(programs['mariadb-install-db'], install, { stdio: 'ignore' })
  const own = [`--socket=${join(folder, 'mysql.sock')}`, `--pid-file=${join(folder, 'mysql.pid')}`, '--innodb-buffer-pool-size=64M']
  const args = ['--no-defaults', ...user, `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', ...own]
  return createServerProcess({ command: programs.mariadbd, args, port, killWith: 'SIGKILL' })
}

/** PostgreSQL does not run as root. */
function ownerOf(name: string): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    throw new NotInstalled(`PostgreSQL does not run as root, and there is no user ${name} to run it as`)
  }
}
