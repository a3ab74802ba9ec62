// From the 200 of a revocation at one node to the refusal of the token at the others.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { startLoadGenerator } from '../load/load-generator.mjs'
import { basic } from '../servers/check-answer.mjs'
import { findNode } from '../servers/find-node.mjs'
import { openDeployment } from '../servers/jeton-on-database.mjs'
import { createApplication } from '../servers/start-jeton.mjs'

const NODES = 3
const WARM_UP = 300
/** How often a node is asked again, in milliseconds; what it adds to the figures. Waits of half a second are not worth more questions. */
const PROBE_EVERY_MS = { redis: 2, database: 20 }
/** What the 99th percentile has to keep: with Redis, and without it the polling interval (500 ms) and a margin. */
const LIMIT_MS = { redis: 100, database: 600 }
const ENGINES = ['postgres', 'mysql']
const USAGE = `usage: npm run bench -- nodes [--engine ${ENGINES.join('|')}] [--url URL] [--redis URL | --no-redis] [--count N] [--rate N] [--node MAJOR|PATH] [--json]\n`

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      engine: { type: 'string', default: 'postgres' },
      url: { type: 'string' },
      redis: { type: 'string', default: 'redis://127.0.0.1:6379' },
      'no-redis': { type: 'boolean', default: false },
      count: { type: 'string', default: '2000' },
      rate: { type: 'string', default: '100' },
      node: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const options = { ...values, count: Number(values.count), rate: Number(values.rate), redis: values['no-redis'] ? undefined : values.redis }
  if (!ENGINES.includes(options.engine)) throw new TypeError(`--engine knows ${ENGINES.join(', ')}`)
  if (!Number.isInteger(options.count) || options.count < 100) throw new TypeError('--count has to be a whole number from 100')
  if (!(options.rate > 0 && options.rate <= 1000)) throw new TypeError('--rate has to be above 0 and at most 1000')
  return options
}

function redisToml(url) {
  return url === undefined ? '' : `[redis]\nurl = "${url}"\nkey_prefix = "jeton-bench-${randomBytes(4).toString('hex')}"\n`
}

async function measure(options) {
  const node = findNode(options.node)
  const deployment = await openDeployment({ engine: options.engine, url: options.url, node: node.path, toml: redisToml(options.redis) })
  const load = startLoadGenerator('nodes-load.mjs')
  try {
    const servers = []
    while (servers.length < NODES) servers.push(await deployment.startNode())
    const credentials = createApplication(servers[0], { grantTypes: 'client_credentials' })
    const by = options.redis === undefined ? 'database' : 'redis'
    const job = {
      ports: servers.map(({ port }) => port),
      rate: options.rate,
      probeEveryMs: PROBE_EVERY_MS[by],
      authorization: basic(credentials),
      clientId: credentials.id,
      mint: deployment.mint,
    }
    await load.run({ ...job, count: WARM_UP })
    const measured = await load.run({ ...job, count: options.count })
    const isKept = measured.nodes.every(({ p99Ms }) => p99Ms <= LIMIT_MS[by]) && Object.values(measured.faults).every((times) => times === 0)
    return {
      bench: 'nodes',
      node: node.version,
      engine: await deployment.figures.describe(),
      by,
      limitMs: LIMIT_MS[by],
      ...measured,
      isKept,
      options,
    }
  } finally {
    load.stop()
    await deployment.close()
  }
}

function formatReport({ node, engine, by, limitMs, revocations, faults, nodes, isKept, options }) {
  const number = (value, digits) => value.toFixed(digits).padStart(10)
  const lines = [
    `nodes: Node ${node}, ${engine}, ${by === 'redis' ? 'with Redis' : 'without Redis'}, ${process.platform} ${process.arch}`,
    `${revocations} revocations at node 1, ${options.rate} a second: from its 200 to the refusal elsewhere, asked every ${PROBE_EVERY_MS[by]} ms`,
    `${'node'.padEnd(6)}${['refusals', 'p50 ms', 'p99 ms', 'max ms'].map((title) => title.padStart(10)).join('')}`,
    ...nodes.map(
      ({ refusals, p50Ms, p99Ms, maxMs }, index) =>
        `${String(index + 2).padEnd(6)}${number(refusals, 0)}${number(p50Ms, 1)}${number(p99Ms, 1)}${number(maxMs, 1)}`,
    ),
    `accepted by node 1 after its 200: ${faults.acceptedAtFirst}; refused before: ${faults.refusedBefore}; never refused: ${faults.never}`,
    `p99 at most ${limitMs} ms: ${isKept ? 'kept' : 'NOT KEPT'}`,
  ]
  return `${lines.join('\n')}\n`
}

/** @returns the exit code: 1 where the limit is not kept. */
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
  return report.isKept ? 0 : 1
}
