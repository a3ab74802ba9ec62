// One client-credentials request: Jeton's pair against the least a server can do for a pair, and against oidc-provider's single token.
import { parseArgs } from 'node:util'
import { CPU_TIME_IS_KNOWN } from '../load/cpu-time.mjs'
import { startLoadGenerator } from '../load/load-generator.mjs'
import { measureRound, tokenRequest } from '../load/measure.mjs'
import { median } from '../load/median.mjs'
import { basic, checkAnswer } from '../servers/check-answer.mjs'
import { findNode } from '../servers/find-node.mjs'
import { startJeton } from '../servers/start-jeton.mjs'
import { startPeer } from '../servers/start-peer.mjs'

const CONNECTIONS = 8
const MOST_REQUESTS_A_ROUND = 50_000
const WARM_UP_SECONDS = 2
const USAGE = 'usage: npm run bench -- issue [--json] [--rounds N] [--seconds S] [--node MAJOR|PATH] [--only NAME,…]\n'

const SERVERS = {
  jeton: { pair: true, start: (node) => startJeton(node) },
  floor: { pair: true, start: (node) => startPeer({ name: 'floor', node, tokenPath: '/token', jwksPath: '/jwks' }) },
  'oidc-provider': { pair: false, start: (node) => startPeer({ name: 'oidc-provider', node, tokenPath: '/token', jwksPath: '/jwks' }) },
}

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '3' },
      node: { type: 'string' },
      only: { type: 'string', default: Object.keys(SERVERS).join(',') },
    },
  })
  const options = { ...values, rounds: Number(values.rounds), seconds: Number(values.seconds), only: values.only.split(',') }
  if (!Number.isInteger(options.rounds) || options.rounds < 1) throw new TypeError('--rounds has to be a whole number from 1')
  if (!(options.seconds > 0 && options.seconds <= 60)) throw new TypeError('--seconds has to be above 0 and at most 60')
  const unknown = options.only.filter((name) => SERVERS[name] === undefined)
  if (unknown.length > 0) throw new TypeError(`--only knows ${Object.keys(SERVERS).join(', ')}`)
  return options
}

async function startServers(names, node, started) {
  for (const name of names) {
    const server = await SERVERS[name].start(node)
    started.push(server)
    await checkAnswer(server, SERVERS[name])
    server.request = tokenRequest(server, basic(server.credentials))
  }
}

/** Round after round, each with every server in turn, and each beginning with another one. */
async function measure(servers, load, { rounds, seconds }) {
  const job = { connections: CONNECTIONS, count: MOST_REQUESTS_A_ROUND }
  for (const server of servers) await measureRound(server, load, { ...job, seconds: WARM_UP_SECONDS })
  const measured = Object.fromEntries(servers.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < servers.length; turn++) {
      const server = servers[(round + turn) % servers.length]
      measured[server.name].push(await measureRound(server, load, { ...job, seconds }))
    }
  }
  return measured
}

function summarize(measured) {
  const keys = ['requestsPerSecond', 'p50Ms', 'p99Ms', 'cpuMicrosPerRequest']
  return Object.fromEntries(
    Object.entries(measured).map(([name, rounds]) => [name, Object.fromEntries(keys.map((key) => [key, median(rounds.map((round) => round[key]))]))]),
  )
}

/** Medians of the rounds' ratios of CPU time: what disturbs the machine disturbs both sides of a round. */
function cpuRatios({ jeton, ...peers }) {
  if (jeton === undefined) return {}
  const ratio = (rounds) => median(rounds.map((round, at) => jeton[at].cpuMicrosPerRequest / round.cpuMicrosPerRequest))
  return Object.fromEntries(Object.entries(peers).map(([name, rounds]) => [`jeton/${name}`, ratio(rounds)]))
}

function formatReport({ node, platform, rounds, seconds, connections, servers, cpuRatios: ratios }) {
  const number = (value, digits) => (value === undefined ? '-' : value.toFixed(digits)).padStart(12)
  const lines = [
    `issue: Node ${node}, ${platform}, ${rounds} rounds of ${seconds} s, ${connections} connections, medians`,
    `${'server'.padEnd(16)}${['requests/s', 'p50 ms', 'p99 ms', 'CPU µs each'].map((title) => title.padStart(12)).join('')}`,
    ...Object.entries(servers).map(
      ([name, s]) =>
        `${name.padEnd(16)}${number(s.requestsPerSecond, 0)}${number(s.p50Ms, 2)}${number(s.p99Ms, 2)}${number(s.cpuMicrosPerRequest, 0)}`,
    ),
    ...Object.entries(ratios).map(([name, ratio]) => `CPU ${name}: ${ratio.toFixed(2)}`),
  ]
  if (!CPU_TIME_IS_KNOWN) lines.push('The CPU time of a server process can only be read on Linux; measured there it says what a request costs.')
  return `${lines.join('\n')}\n`
}

async function compare(options) {
  const node = findNode(options.node)
  const load = startLoadGenerator()
  const started = []
  try {
    await startServers(options.only, node.path, started)
    const measured = await measure(started, load, options)
    return {
      bench: 'issue',
      node: node.version,
      platform: `${process.platform} ${process.arch}`,
      rounds: options.rounds,
      seconds: options.seconds,
      connections: CONNECTIONS,
      servers: summarize(measured),
      cpuRatios: CPU_TIME_IS_KNOWN ? cpuRatios(measured) : {},
      measured,
    }
  } finally {
    load.stop()
    await Promise.all(started.map((server) => server.stop()))
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
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report))
  return 0
}
