import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../../../src/main/demo/free-port.js'

/** A database server of the test's own, which takes connections over TLS only. */
export interface OwnServer {
  readonly port: number
  stop(): Promise<void>
}

/** How such a server is made and started; undefined where its programs are not installed. */
export type StartOwnServer = (() => Promise<OwnServer>) | undefined

const tlsFile = (name: string): string => fileURLToPath(new URL(`../../flows/tls/${name}`, import.meta.url))
/** Signed by itself, for localhost and 127.0.0.1. */
export const CERTIFICATE = readFileSync(tlsFile('certificate.pem'), 'utf8')

export const ownMariadb: StartOwnServer = canRun('mariadb-install-db', 'mariadbd') ? startMariadb : undefined
const bin = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim() ?? ''
export const ownPostgres: StartOwnServer = canRun(join(bin, 'initdb'), join(bin, 'postgres')) ? startPostgres : undefined

function canRun(...programs: readonly string[]): boolean {
  return programs.every((program) => !['ENOENT', 'EACCES'].includes(Reflect.get(spawnSync(program, ['--help']).error ?? {}, 'code')))
}

async function startMariadb(): Promise<OwnServer> {
  const folder = makeFolder()
  const data = join(folder, 'data')
  const user = isRoot() ? ['--user=root'] : []
  execFileSync('mariadb-install-db', ['--no-defaults', ...user, `--datadir=${data}`, '--auth-root-authentication-method=normal'], { stdio: 'ignore' })
  const setup = join(folder, 'setup.sql')
  writeFileSync(setup, "CREATE DATABASE own;\nCREATE USER own IDENTIFIED BY 'p w/d';\nGRANT ALL ON own.* TO own;\n")
  const tls = ['--require-secure-transport=ON', `--ssl-cert=${join(folder, 'certificate.pem')}`, `--ssl-key=${join(folder, 'key.pem')}`]
  const port = await findFreePort()
  const place = [`--datadir=${data}`, `--socket=${join(folder, 'socket')}`, `--port=${port}`, '--bind-address=0.0.0.0', '--skip-name-resolve']
  return start('mariadbd', ['--no-defaults', ...user, ...place, ...tls, `--init-file=${setup}`], { folder, port })
}

async function startPostgres(): Promise<OwnServer> {
  const folder = makeFolder()
  const data = join(folder, 'data')
  const as = isRoot() ? { uid: NOBODY, gid: NOBODY } : {}
  const password = join(folder, 'password')
  writeFileSync(password, 'p w/d')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'own', '-A', 'scram-sha-256', `--pwfile=${password}`, '-N', '--locale=C'], {
    ...as,
    stdio: 'ignore',
  })
  writeFileSync(join(data, 'pg_hba.conf'), 'hostssl all all all scram-sha-256\n')
  const tls = ['-c', 'ssl=on', '-c', `ssl_cert_file=${join(folder, 'certificate.pem')}`, '-c', `ssl_key_file=${join(folder, 'key.pem')}`]
  const port = await findFreePort()
  return start(join(bin, 'postgres'), ['-D', data, '-k', folder, '-h', '0.0.0.0', '-p', String(port), '-F', ...tls], { folder, port, as })
}

/** Whom PostgreSQL is run as: never root. */
const NOBODY = 65_534
const isRoot = (): boolean => process.getuid?.() === 0

/** With the certificate and its key, which only the one that runs the server may read. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-own-'))
  mkdirSync(folder, { recursive: true })
  for (const name of ['certificate.pem', 'key.pem']) {
    copyFileSync(tlsFile(name), join(folder, name))
    chmodSync(join(folder, name), 0o600)
    if (isRoot()) chownSync(join(folder, name), NOBODY, NOBODY)
  }
  if (isRoot()) chownSync(folder, NOBODY, NOBODY)
  return folder
}

interface Place {
  readonly folder: string
  readonly port: number
  readonly as?: { readonly uid?: number; readonly gid?: number }
}

async function start(program: string, options: readonly string[], { folder, port, as = {} }: Place): Promise<OwnServer> {
  const child = spawn(program, options, { ...as, stdio: 'ignore' })
  await untilItListens(port, child)
  return {
    port,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilItListens(port: number, child: ChildProcess): Promise<void> {
  for (let waited = 0; !(await answers(port)); waited += 100) {
    if (waited > 30_000 || child.exitCode !== null) throw new Error('the server has not started')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
