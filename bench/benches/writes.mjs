// What a durable write costs: refreshes and revocations of Jeton beside the one statement that each of them cannot do without.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ENGINE_NAMES, insertRows } from '../databases/bench-database.mjs'
import { cpuMicros } from '../load/cpu-time.mjs'
import { grantIdAt } from '../load/grant-ids.mjs'
import { startLoadGenerator } from '../load/load-generator.mjs'
import { refuseOthers } from '../load/measure.mjs'
import { median } from '../load/median.mjs'
import { formatWrites } from '../reports/writes-report.mjs'
import { basic } from '../servers/check-answer.mjs'
import { startCountingProxy } from '../servers/counting-proxy.mjs'
import { findNode } from '../servers/find-node.mjs'
import { openDeployment } from '../servers/jeton-on-database.mjs'
import { createApplication } from '../servers/start-jeton.mjs'
import { startPeer } from '../servers/start-peer.mjs'

const GRANTS = 10_000
const DAY = 86_400
const WARM_UP_SECONDS = 3
const COUNTED = 300
const IDLE_MS = 3000
const TOML = '[oauth.grant_type.client_credentials]\nallow_refresh_tokens = true\n'
const USAGE = `usage: npm run bench -- writes [--engine ${ENGINE_NAMES.join('|')}] [--url URL] [--rounds N] [--seconds S] [--connections N] [--node MAJOR|PATH] [--json]\n`

/** Each operation of Jeton, and what it is measured against: its statement alone, and the same with many in one commit. */
const OPERATIONS = [
  { name: 'refresh', jeton: 'refresh', plain: 'update', coalesced: 'updateCoalesced', statement: 'UPDATE' },
  { name: 'revocation of an access token', jeton: 'revokeAccess', plain: 'insert', coalesced: 'insertCoalesced', statement: 'INSERT' },
  { name: 'revocation of a refresh token', jeton: 'revokeRefresh', plain: 'insert', coalesced: 'insertCoalesced', statement: 'INSERT' },
]

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      engine: { type: 'string', default: 'postgres' },
      url: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      connections: { type: 'string', default: '64' },
      node: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const options = { ...values, rounds: Number(values.rounds), seconds: Number(values.seconds), connections: Number(values.connections) }
  if (!ENGINE_NAMES.includes(options.engine)) throw new TypeError(`--engine knows ${ENGINE_NAMES.join(', ')}`)
  if (!Number.isInteger(options.rounds) || options.rounds < 1) throw new TypeError('--rounds has to be a whole number from 1')
  if (!(options.seconds > 0 && options.seconds <= 60)) throw new TypeError('--seconds has to be above 0 and at most 60')
  if (!Number.isInteger(options.connections) || options.connections < 1) throw new TypeError('--connections has to be a whole number from 1')
  return options
}

function seedGrants(client, issuedAt) {
  const rowAt = (index) => `'${grantIdAt(index)}', 1, ${issuedAt}, 0, ${issuedAt + DAY}, NULL, ${issuedAt + 2 * DAY}`
  const columns = 'GRANT_ID, GENERATION, ROTATED_AT, GRACE_USES, EXPIRES_AT, REVOKED_AT, PURGE_AFTER'
  return insertRows(client, { table: 'JETON_GRANT', columns, count: GRANTS, rowAt })
}

/** Two databases on one server, since both sides write the same tables: Jeton's, and the plain server's. */
async function openSides({ engine, url, node }, closers) {
  const [jetonSide, plainSide] = [await openDeployment({ engine, url, node, toml: TOML }), await openDeployment({ engine, url, node })]
  closers.push(jetonSide.close, plainSide.close)
  const issuedAt = Math.floor(Date.now() / 1000)
  for (const { client } of [jetonSide, plainSide]) await seedGrants(client, issuedAt)
  const jeton = await jetonSide.startNode()
  const credentials = createApplication(jeton)
  const plain = await startPeer({ name: 'plain-writes', node, env: { BENCH_DATABASE: JSON.stringify(plainSide.database) } })
  closers.push(plain.stop)
  const grants = { count: GRANTS, generation: 1, clientId: credentials.id, issuedAt }
  return { jeton, plain, jetonSide, plainSide, prepare: { mint: jetonSide.mint, grants, authorization: basic(credentials) } }
}

async function measureRound({ server, figures, load }, job) {
  const read = async () => ({ cpu: cpuMicros(server.pid), databaseCpu: await figures.cpuMicros(), commits: await figures.commits() })
  const before = await read()
  const result = await load.run({ ...job, port: server.port })
  const after = await read()
  refuseOthers(job.operation, result.statuses)
  const { requests, elapsedMs, p50Ms, p99Ms } = result
  const per = (key, divisor) => (before[key] === undefined ? undefined : (after[key] - before[key]) / divisor)
  return {
    requestsPerSecond: requests / (elapsedMs / 1000),
    p50Ms,
    p99Ms,
    cpuMicrosPerRequest: per('cpu', requests),
    databaseMicrosPerRequest: per('databaseCpu', requests),
    commitsPerSecond: per('commits', elapsedMs / 1000),
    requestsPerCommit: before.commits === undefined ? undefined : requests / (after.commits - before.commits),
  }
}

/** Round after round, each with every server in turn, and each beginning with another one. */
async function measureOperation({ jeton, plain, jetonSide, plainSide, load }, operation, { rounds, seconds, connections }) {
  const jetonParts = { server: jeton, figures: jetonSide.figures, load }
  const plainParts = { server: plain, figures: plainSide.figures, load }
  const contenders = [
    { name: 'jeton', parts: jetonParts, job: operation.jeton },
    { name: `plain ${operation.statement}`, parts: plainParts, job: operation.plain },
    { name: `plain ${operation.statement}, coalesced`, parts: plainParts, job: operation.coalesced },
  ].map((contender) => ({ ...contender, rounds: [] }))
  for (const { parts, job } of contenders) await measureRound(parts, { operation: job, connections, seconds: WARM_UP_SECONDS })
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const { parts, job, rounds: measured } = contenders[(round + turn) % contenders.length]
      measured.push(await measureRound(parts, { operation: job, connections, seconds }))
    }
  }
  return contenders.map(({ name, rounds: measured }) => ({ name, rounds: measured }))
}

const KEYS = [
  ...['requestsPerSecond', 'p50Ms', 'p99Ms', 'cpuMicrosPerRequest'],
  ...['databaseMicrosPerRequest', 'commitsPerSecond', 'requestsPerCommit'],
]

/** Medians of the rounds, and of the rounds' ratios: what disturbs the machine disturbs both sides of a round. */
function summarize([jeton, ...others]) {
  const medians = ({ name, rounds }) => ({ name, ...Object.fromEntries(KEYS.map((key) => [key, median(rounds.map((round) => round[key]))])) })
  const ratio = (other, key) => median(jeton.rounds.map((round, at) => round[key] / other.rounds[at][key]))
  return {
    servers: [jeton, ...others].map(medians),
    ratios: others.map((other) => ({
      to: other.name,
      requestsPerSecond: ratio(other, 'requestsPerSecond'),
      cpuMicrosPerRequest: ratio(other, 'cpuMicrosPerRequest'),
    })),
  }
}

/** Statements that a request alone sends, without those that the server sends anyway; undefined for the embedded database. */
async function countStatements({ jetonSide, load }, { engine }) {
  if (engine === 'sqlite') return OPERATIONS.map(() => undefined)
  const proxy = await startCountingProxy(engine, new URL(jetonSide.database.address))
  const address = new URL(jetonSide.database.address)
  address.port = String(proxy.port)
  const server = await jetonSide.startNode(jetonSide.database.toml.replace(jetonSide.database.address, address.href))
  try {
    const counts = []
    for (const { jeton: operation } of OPERATIONS) {
      await load.run({ operation, port: server.port, connections: 1, count: 20, seconds: 60 })
      const idleFrom = proxy.statements()
      await sleep(IDLE_MS)
      const idle = (proxy.statements() - idleFrom) / IDLE_MS
      const before = proxy.statements()
      const { requests, elapsedMs } = await load.run({ operation, port: server.port, connections: 1, count: COUNTED, seconds: 60 })
      counts.push((proxy.statements() - before - idle * elapsedMs) / requests)
    }
    return counts
  } finally {
    await server.stop()
    proxy.stop()
  }
}

async function compare(options) {
  const node = findNode(options.node)
  const closers = []
  const load = startLoadGenerator('writes-load.mjs')
  closers.push(async () => load.stop())
  try {
    const sides = { ...(await openSides({ ...options, node: node.path }, closers)), load }
    await load.run({ prepare: sides.prepare })
    const statements = await countStatements(sides, options)
    const operations = []
    for (const [index, operation] of OPERATIONS.entries()) {
      const measured = await measureOperation(sides, operation, options)
      operations.push({ name: operation.name, statements: statements[index], ...summarize(measured), measured })
    }
    return { bench: 'writes', node: node.version, engine: await sides.jetonSide.figures.describe(), options, operations }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** @returns the exit code. */
export async function run(args) {
  let options
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`)
    return 2
  }
  const report = await compare(options)
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatWrites(report))
  return 0
}
