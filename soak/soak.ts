import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createRandom, type Random } from '../chaos/random.js'
import { runCommand } from '../src/main/demo/command-process.js'
import { findFreePort } from '../src/main/demo/free-port.js'
import { findDifferences } from './audit-books.js'
import { type Book, createBook, eventsOf, type Lane } from './book.js'
import { playEvent } from './events.js'
import { createNode, JETON, type SoakNode } from './nodes.js'
import type { SoakOptions } from './options.js'
import { createSend } from './requests.js'
import type { SoakDatabase } from './soak-database.js'
import { callWitness, type Evidence, readEvidence } from './witness.js'

export interface SoakStage {
  readonly database: SoakDatabase
  /** An empty one, for configuration and logs. */
  readonly folder: string
  /** Applications; each has eight places. */
  readonly clients: number
  /** Told now and then how far it is. */
  readonly progress?: (line: string) => void
}

export interface SoakReport {
  readonly book: Book
  readonly lanes: readonly Lane[]
  readonly evidence: Evidence
  readonly seconds: number
  readonly kills: number
  readonly differences: readonly string[]
}

const WORKERS = 16
const SCOPES = ['a', 'b', 'c', 'd', 'a b', 'c d', 'a b c', 'a b c d']

/** Plays the events with kills between them, then holds what was acknowledged and what the database's triggers saw against its tables. */
export async function runSoak(
  options: Omit<SoakOptions, 'engine'>,
  { database, folder, clients, progress = () => undefined }: SoakStage,
): Promise<SoakReport> {
  const toml = `${database.toml}${deployment()}`
  const ports = await Promise.all(Array.from({ length: database.engine === 'sqlite' ? 1 : 2 }, findFreePort))
  const nodes = ports.map((port) => createNode(folder, port, toml))
  try {
    const lanes = await prepare(nodes, { database, toml, clients })
    const book = createBook()
    const began = performance.now()
    const kills = await play(options, { nodes, lanes, book, progress })
    const seconds = (performance.now() - began) / 1000
    await Promise.all(nodes.map((node) => node.stop()))
    if (options.isBroken) await removeOneOfAudit(database)
    const evidence = await readEvidence(database)
    return { book, lanes, evidence, seconds, kills, differences: findDifferences(evidence, book, lanes) }
  } finally {
    await Promise.all(nodes.map((node) => node.kill()))
  }
}

/** Lifetimes beyond any run, so that every token that is gone has been ended by somebody. */
function deployment(): string {
  return `
[keystore]
encryption_key = "${randomBytes(32).toString('hex')}"
[oauth]
issuer = "https://soak.example"
[oauth.token_persistence]
enable = true
[oauth.token_cleanup]
enable = true
retain_access_tokens_for_auditing = true
[oauth.token_validation]
app_access_token_validity = "1d"
refresh_token_validity = "7d"
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
[oauth.rate_limit]
enable = false
[revocation]
per_client_rate = 0
[log]
level = "error"
`
}

interface Preparing extends Pick<SoakStage, 'database' | 'clients'> {
  readonly toml: string
}

/** Schema, witness, applications of both kinds, and their lanes; then the nodes serve. */
async function prepare(nodes: readonly SoakNode[], { database, toml, clients }: Preparing): Promise<readonly Lane[]> {
  const [node] = nodes
  if (node === undefined) throw new RangeError('no node')
  writeFileSync(node.config, toml)
  await runJeton(node, 'migrate')
  await callWitness(database)
  const lanes: Lane[] = []
  await Promise.all(nodes.map((one) => one.start()))
  for (let client = 0; client < clients; client++) {
    const type = client % 2 === 0 ? 'JWT' : 'OAUTH'
    const created = await runJeton(node, 'apps', 'create', '--name', `soak-${client}`, '--token-type', type, '--scopes', 'a b c d')
    const [clientId, secret] = [String(created.client_id), String(created.client_secret)]
    lanes.push(...SCOPES.map((scope): Lane => ({ clientId, secret, scope, holds: 'nothing' })))
  }
  return lanes
}

async function runJeton({ config }: SoakNode, ...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await runCommand([JETON, ...args, '--json', '--config', config], { cwd: process.cwd() })
  if (code !== 0) throw new Error(`jeton ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>
}

interface Playing {
  readonly nodes: readonly SoakNode[]
  readonly lanes: readonly Lane[]
  readonly book: Book
  readonly progress: (line: string) => void
}

/** @returns how often a node was killed. */
async function play(
  { events, kills, seed }: Pick<SoakOptions, 'events' | 'kills' | 'seed'>,
  { nodes, lanes, book, progress }: Playing,
): Promise<number> {
  const random = createRandom(seed)
  const moments = Array.from({ length: kills }, () => random.below(events)).sort((one, other) => one - other)
  const free = [...lanes]
  let killed = 0
  const killing = (async () => {
    for (const moment of moments) {
      await reached(book, moment)
      const node = random.pick(nodes)
      await node.kill()
      killed += 1
      progress(`kill -9 ${killed}/${kills} after ${eventsOf(book)} events`)
      await node.start()
    }
  })()
  const work = async (worker: number): Promise<void> => {
    const own = createRandom(seed, worker)
    const send = createSend(nodes, own)
    while (eventsOf(book) < events) {
      const lane = takeOne(free, own)
      await playEvent(lane, { send, book, random: own })
      free.push(lane)
    }
  }
  await Promise.all([killing, ...Array.from({ length: WORKERS }, (_, worker) => work(worker + 1))])
  return killed
}

/** Nobody else has the lane until it is put back. */
function takeOne(free: Lane[], random: Random): Lane {
  const [lane] = free.splice(random.below(free.length), 1)
  if (lane === undefined) throw new RangeError('fewer lanes than workers')
  return lane
}

async function reached(book: Book, moment: number): Promise<void> {
  while (eventsOf(book) < moment) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A defect for the checks to find. */
export async function removeOneOfAudit({ query }: SoakDatabase): Promise<void> {
  const [row] = await query('SELECT MIN(TOKEN_ID) AS TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT')
  await query(`DELETE FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WHERE TOKEN_ID = '${String(row?.TOKEN_ID)}'`)
}
