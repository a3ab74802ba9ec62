// From the 200 of a revocation to its receipt by those who listen to the feed; and what thousands who listen cost.
import { parseArgs } from 'node:util'
import { cpuMicros, memoryBytes } from '../load/cpu-time.mjs'
import { startLoadGenerator } from '../load/load-generator.mjs'
import { basic } from '../servers/check-answer.mjs'
import { findNode } from '../servers/find-node.mjs'
import { openDeployment } from '../servers/jeton-on-database.mjs'
import { createApplication } from '../servers/start-jeton.mjs'

const LIMIT_MS = { p50: 10, p99: 250 }
/** Of a crowd only some are read; all of them are counted. */
const READ_OF_CROWD = 50
const ENGINES = ['sqlite', 'postgres', 'mysql']
const USAGE = `usage: npm run bench -- feed [--engine ${ENGINES.join('|')}] [--url URL] [--connections N] [--rate N] [--subscribers N] [--crowd-rate N] [--issue-rate N] [--seconds S] [--node MAJOR|PATH] [--json]\n`

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      engine: { type: 'string', default: 'sqlite' },
      url: { type: 'string' },
      connections: { type: 'string', default: '100' },
      rate: { type: 'string', default: '200' },
      subscribers: { type: 'string', default: '10000' },
      'crowd-rate': { type: 'string', default: '1' },
      'issue-rate': { type: 'string', default: '200' },
      seconds: { type: 'string', default: '20' },
      node: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const numbers = ['connections', 'rate', 'subscribers', 'crowd-rate', 'issue-rate', 'seconds'].map((name) => [name, Number(values[name])])
  for (const [name, value] of numbers) if (!(value >= 0)) throw new TypeError(`--${name} has to be a number`)
  if (!ENGINES.includes(values.engine)) throw new TypeError(`--engine knows ${ENGINES.join(', ')}`)
  return { ...values, ...Object.fromEntries(numbers) }
}

async function postForm(url, authorization, body) {
  const response = await fetch(url, { method: 'POST', headers: { authorization }, body: new URLSearchParams(body) })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
  return response.json()
}

/** One load, with the CPU time and the memory of the server while it lasts. */
async function runPhase(server, feedAuthorization, job) {
  const { access_token: token } = await postForm(`${server.url}/oauth2/token`, feedAuthorization, {
    grant_type: 'client_credentials',
    scope: 'revocation_feed',
  })
  const snapshot = await fetch(`${server.url}/revocations/snapshot`, { headers: { authorization: `Bearer ${token}` } })
  const { epoch, seq } = await snapshot.json()
  const cpu = []
  const load = startLoadGenerator('feed-load.mjs', () => cpu.push(cpuMicros(server.pid)))
  try {
    const result = await load.run({ ...job, port: server.port, token, position: `${epoch}:${seq}` })
    return { ...result, cpuShare: (cpu[1] - cpu[0]) / (job.seconds * 1_000_000), memory: memoryBytes(server.pid)?.now }
  } finally {
    load.stop()
  }
}

async function measure(options) {
  const node = findNode(options.node)
  const deployment = await openDeployment({ engine: options.engine, url: options.url, node: node.path })
  try {
    const server = await deployment.startNode()
    const client = createApplication(server, { grantTypes: 'client_credentials' })
    const listener = createApplication(server, { grantTypes: 'client_credentials', scopes: 'revocation_feed' })
    const shared = { authorization: basic(client), clientId: client.id, mint: deployment.mint, seconds: options.seconds }
    const phase = (job) => runPhase(server, basic(listener), { ...shared, ...job })
    await phase({ streams: 1, read: 1, rate: options.rate, issueRate: options['issue-rate'], seconds: 3 })
    const few = await phase({ streams: options.connections, read: options.connections, rate: options.rate, issueRate: 0 })
    const crowd = { rate: options['crowd-rate'], issueRate: options['issue-rate'], read: READ_OF_CROWD }
    const alone = await phase({ ...crowd, streams: 0, read: 0 })
    const many = options.subscribers === 0 ? undefined : await phase({ ...crowd, streams: options.subscribers })
    const isKept = few.told.p50Ms <= LIMIT_MS.p50 && few.told.p99Ms <= LIMIT_MS.p99 && [few, many].every((one) => !one?.told.missing && !one?.closed)
    return { bench: 'feed', node: node.version, engine: await deployment.figures.describe(), few, alone, many, isKept, options }
  } finally {
    await deployment.close()
  }
}

function formatReport({ node, engine, few, alone, many, isKept, options }) {
  const ms = (value) => `${value.toFixed(1)} ms`
  const percent = (share) => `${(share * 100).toFixed(0)} %`
  const told = ({ told: { revocations, receipts, missing, p50Ms, p99Ms, maxMs } }) =>
    `${revocations} revocations, ${receipts} receipts, ${missing} missing; from the 200 to the receipt p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, max ${ms(maxMs)}`
  const lines = [
    `feed: Node ${node}, ${engine}, ${process.platform} ${process.arch}, ${options.seconds} s each`,
    `${few.streams} listen, ${options.rate} revocations a second: ${told(few)}; CPU ${percent(few.cpuShare)}`,
    `p50 at most ${LIMIT_MS.p50} ms, p99 at most ${LIMIT_MS.p99} ms, nothing missing: ${isKept ? 'kept' : 'NOT KEPT'}`,
    `none listen, ${options['issue-rate']} pairs a second: p50 ${ms(alone.issued.p50Ms)}, p99 ${ms(alone.issued.p99Ms)}; CPU ${percent(alone.cpuShare)}`,
  ]
  if (many !== undefined) {
    lines.push(
      `${many.streams} listen, ${options['issue-rate']} pairs a second: p50 ${ms(many.issued.p50Ms)}, p99 ${ms(many.issued.p99Ms)}; CPU ${percent(many.cpuShare)}, ` +
        `${(many.memory / 2 ** 20).toFixed(0)} MiB; ${many.closed} cut off; ${many.bytesEach.toFixed(0)} bytes a second each`,
      `  ${options['crowd-rate']} revocations a second, read by ${READ_OF_CROWD}: ${told(many)}`,
    )
  }
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
