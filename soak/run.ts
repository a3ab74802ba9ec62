import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DATABASE, startDatabaseServer } from '../chaos/database-server.js'
import { findPrograms } from '../chaos/programs.js'
import { parseSoakOptions, type SoakOptions, USAGE } from './options.js'
import { runSoak, type SoakReport } from './soak.js'
import { embeddedDatabase, type SoakDatabase, serverDatabase } from './soak-database.js'

const CLIENTS = 20

/** @returns 0 where everything agrees, 1 where something does not, 2 where the options are wrong. */
async function main(): Promise<number> {
  let options: SoakOptions
  try {
    options = parseSoakOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}\n`)
    return 2
  }
  const folder = mkdtempSync(join(tmpdir(), 'jeton-soak-'))
  // The database server may run as another user.
  chmodSync(folder, 0o755)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // Whatever was started is killed at the exit of this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  const database = await openDatabase(options, folder)
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  say(`soak: ${options.engine}, ${options.events} events, ${options.kills} kills, seed ${options.seed}`)
  const report = await runSoak(options, { database, folder, clients: CLIENTS, progress: say })
  say(format(report))
  return report.differences.length === 0 ? 0 : 1
}

/** A server of its own, which ends with this process. */
async function openDatabase({ engine }: SoakOptions, folder: string): Promise<SoakDatabase> {
  if (engine === 'sqlite') return embeddedDatabase(join(folder, 'jeton.db'))
  const { port } = await startDatabaseServer({ engine, programs: findPrograms(engine), folder })
  return serverDatabase(engine, `${engine === 'postgres' ? 'postgresql' : 'mysql'}://root@127.0.0.1:${port}/${DATABASE}`)
}

function format({ book, evidence, seconds, kills, differences }: SoakReport): string {
  const { issue, refresh, revoke } = book.events
  const { inserted, left, table, audit } = evidence
  const unacknowledged = inserted.filter(({ hash }) => !book.issued.has(hash)).length
  return [
    '',
    `events              ${issue + refresh + revoke} (${issue} issue, ${refresh} refresh, ${revoke} revoke) in ${seconds.toFixed(1)} s`,
    `kill -9             ${kills}`,
    `not answered        ${book.unknown}, of which ${book.unknownInserts} may have stored a token, and ${unacknowledged} did`,
    `rows ever inserted  ${inserted.length} (${book.issued.size} acknowledged)`,
    `left ACTIVE         ${left.length}`,
    `audit rows          ${audit.length}`,
    `token table         ${table.length} rows, ${table.filter(({ state }) => state === 'ACTIVE').length} of them live`,
    `differences         ${differences.length}`,
    ...differences.map((difference) => `  ${difference}`),
  ].join('\n')
}

process.exit(await main())
