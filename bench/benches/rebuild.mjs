// How long a start takes, and how much memory, when a great many revocations are alive: a node reads all of them before it serves.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ENGINE_NAMES, insertRows } from '../databases/bench-database.mjs'
import { memoryBytes } from '../load/cpu-time.mjs'
import { findNode } from '../servers/find-node.mjs'
import { openDeployment } from '../servers/jeton-on-database.mjs'

const WATCH = fileURLToPath(new URL('../servers/watch-event-loop.mjs', import.meta.url))
/** So long after it is ready the memory is read: what the start left behind is collected by then, or it stays. */
const SETTLE_MS = 10_000
const SIGNAL_MS = 200
const HOUR = 3600
const USAGE = `usage: npm run bench -- rebuild [--engine ${ENGINE_NAMES.join('|')}] [--url URL] [--entries N] [--rounds N] [--node MAJOR|PATH] [--json]\n`

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      engine: { type: 'string', default: 'sqlite' },
      url: { type: 'string' },
      entries: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      node: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const options = { ...values, entries: Number(values.entries), rounds: Number(values.rounds) }
  if (!ENGINE_NAMES.includes(options.engine)) throw new TypeError(`--engine knows ${ENGINE_NAMES.join(', ')}`)
  if (!Number.isInteger(options.entries) || options.entries < 1) throw new TypeError('--entries has to be a whole number from 1')
  if (!Number.isInteger(options.rounds) || options.rounds < 1) throw new TypeError('--rounds has to be a whole number from 1')
  return options
}

/** Nine of ten for an access token, the tenth for a grant; none expires while this runs. */
async function seedRevocations(client, count) {
  const now = Math.floor(Date.now() / 1000)
  const rowAt = (index) => {
    const expires = now + HOUR + (index % (24 * HOUR))
    return `${index + 1}, '${index % 10 === 9 ? 'grant' : 'token'}', '${randomUUID()}', NULL, ${expires}, ${now}, ${expires}`
  }
  const columns = 'SEQ, KIND, ID, CUTOFF, EXPIRES, CREATED_AT, PURGE_AFTER'
  await insertRows(client, { table: 'JETON_REVOCATION', columns, count, rowAt })
  await client.$executeRawUnsafe(`UPDATE JETON_HEAD SET SEQ = ${count} WHERE ID = 1`)
}

/** Starts a server, and lets it stand until its memory has settled. */
async function measureStart(deployment, folder, entries) {
  const file = join(folder, 'event-loop.json')
  const server = await deployment.startNode(undefined, { imports: [WATCH], env: { BENCH_EVENT_LOOP: file } })
  try {
    process.kill(server.pid, 'SIGUSR2')
    await sleep(SIGNAL_MS)
    const { longestMs } = JSON.parse(readFileSync(file, 'utf8'))
    await demandEntries(server, entries)
    await sleep(SETTLE_MS)
    const memory = memoryBytes(server.pid)
    return { readyMs: server.readyMs, longestBlockMs: longestMs, memory: memory?.now, mostMemory: memory?.most }
  } finally {
    await server.stop()
  }
}

async function demandEntries({ url }, entries) {
  const metrics = await fetch(`${url}/metrics`).then((response) => response.text())
  const known = Number(/^jeton_revocation_set_entries (\d+)/m.exec(metrics)?.[1])
  if (known !== entries) throw new Error(`the server knows ${known} revocations instead of ${entries}`)
}

async function measure({ engine, url, entries, rounds, node: wanted }) {
  const node = findNode(wanted)
  const folder = mkdtempSync(join(tmpdir(), 'jeton-bench-'))
  const deployment = await openDeployment({ engine, url, node: node.path })
  try {
    // The very first start makes the keys; it is not what is compared.
    await measureStart(deployment, folder, 0)
    const empty = []
    while (empty.length < rounds) empty.push(await measureStart(deployment, folder, 0))
    await seedRevocations(deployment.client, entries)
    const full = []
    while (full.length < rounds) full.push(await measureStart(deployment, folder, entries))
    return { bench: 'rebuild', node: node.version, engine: await deployment.figures.describe(), entries, empty: middle(empty), full: middle(full) }
  } finally {
    await deployment.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The start that took neither the longest nor the shortest time. */
const middle = (starts) => starts.toSorted((one, other) => one.readyMs - other.readyMs)[starts.length >> 1]

function formatReport({ node, engine, entries, empty, full }) {
  const mebibytes = (bytes) => (bytes === undefined ? Number.NaN : bytes / 2 ** 20)
  const row = (name, { readyMs, longestBlockMs, memory, mostMemory }) =>
    [
      name.padEnd(24),
      ...[readyMs / 1000, longestBlockMs, mebibytes(memory), mebibytes(mostMemory)].map((value) => value.toFixed(2).padStart(12)),
    ].join('')
  const per = (value, digits) => (value / entries).toFixed(digits)
  return `${[
    `rebuild: Node ${node}, ${engine}, ${process.platform} ${process.arch}`,
    `${'start with'.padEnd(24)}${['ready s', 'block ms', 'RSS MiB', 'peak MiB'].map((title) => title.padStart(12)).join('')}`,
    row('no revocations', empty),
    row(`${entries} revocations`, full),
    `a revocation: ${per((full.readyMs - empty.readyMs) * 1000, 2)} µs, ${per(full.memory - empty.memory, 0)} bytes; at the peak of the start ${per(full.mostMemory - empty.mostMemory, 0)} bytes`,
    '"block": the longest time for which the event loop stood still during the start.',
  ].join('\n')}\n`
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
  const report = await measure(options)
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report))
  return 0
}
