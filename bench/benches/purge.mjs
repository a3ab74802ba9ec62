// What a purge of WSO2's tokens leaves, how fast it is beside nothing but deletions by key, and what those notice who are issued tokens meanwhile.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ENGINE_NAMES } from '../databases/bench-database.mjs'
import { countTornRows, deletePlainly, judgeTokens, seedTokens } from '../databases/token-rows.mjs'
import { startLoadGenerator } from '../load/load-generator.mjs'
import { refuseOthers } from '../load/measure.mjs'
import { formatPurge } from '../reports/purge-report.mjs'
import { basic } from '../servers/check-answer.mjs'
import { findNode } from '../servers/find-node.mjs'
import { openDeployment } from '../servers/jeton-on-database.mjs'
import { runPurge, startPurge } from '../servers/purge-run.mjs'
import { createApplication } from '../servers/start-jeton.mjs'

const KILLS = 3
const PLAIN_BATCH = 1000
const TOML = '[oauth.token_persistence]\nenable = true\n[oauth.grant_type.client_credentials]\nallow_refresh_tokens = true\n'
const SCOPES = Array.from({ length: 32 }, (_, index) => `s${index}`)
const USAGE = `usage: npm run bench -- purge [--engine ${ENGINE_NAMES.join('|')}] [--url URL] [--rows N] [--rate N] [--seconds S] [--kill-after S] [--backup table|file] [--node MAJOR|PATH] [--json]\n`

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      engine: { type: 'string', default: 'postgres' },
      url: { type: 'string' },
      rows: { type: 'string', default: '2000000' },
      rate: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '20' },
      'kill-after': { type: 'string', default: '10' },
      backup: { type: 'string', default: 'file' },
      node: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const options = {
    ...values,
    rows: Number(values.rows),
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    'kill-after': Number(values['kill-after']),
  }
  if (!ENGINE_NAMES.includes(options.engine)) throw new TypeError(`--engine knows ${ENGINE_NAMES.join(', ')}`)
  if (!['table', 'file'].includes(options.backup)) throw new TypeError('--backup knows table and file')
  for (const name of ['rows', 'rate', 'seconds', 'kill-after']) {
    if (!Number.isInteger(options[name]) || options[name] < 1) throw new TypeError(`--${name} has to be a whole number from 1`)
  }
  return options
}

const say = (text) => process.stderr.write(`${text}\n`)

async function openSeeded(options, node) {
  const deployment = await openDeployment({ ...options, node: node.path, toml: TOML })
  await seedTokens(deployment, options.rows, (done) => done % 500_000 === 0 && say(`${done} rows are there`))
  return deployment
}

const countTokens = async ({ client }) => Number(Object.values((await client.$queryRawUnsafe('SELECT COUNT(*) FROM IDN_OAUTH2_ACCESS_TOKEN'))[0])[0])

/** Kills the purge each time after so many seconds, and lets the last one end. */
async function purgeKilled(deployment, server, { killAfter, backup }) {
  for (let kill = 1; kill <= KILLS; kill++) {
    const end = await runPurge(server, backup(), killAfter * 1000)
    if (end.signal !== 'SIGKILL') throw new Error(`the purge was over before it was killed: ${JSON.stringify(end)}`)
    say(`killed with ${await countTokens(deployment)} rows left`)
  }
  const rowsBefore = await countTokens(deployment)
  const { code, report, stderr, seconds } = await runPurge(server, backup())
  if (code !== 0) throw new Error(`the purge ended with ${code}: ${JSON.stringify(report)} ${stderr}`)
  const deleted = rowsBefore - (await countTokens(deployment))
  return { deleted, seconds, rowsPerSecond: deleted / seconds, report: report.targets[0] }
}

async function provePurge(options, { node, folder }) {
  const deployment = await openSeeded(options, node)
  try {
    const server = { node: node.path, config: deployment.config }
    const expected = await judgeTokens(deployment)
    let files = 0
    const backup = () => ['--backup', options.backup === 'table' ? 'table' : join(folder, `backup-${++files}.ndjson.gz`)]
    const run = await purgeKilled(deployment, server, { killAfter: options['kill-after'], backup })
    const left = await judgeTokens(deployment)
    const kept = new Set(left.stays)
    return {
      rows: options.rows,
      goes: expected.goes.length,
      stays: expected.stays.length,
      wronglyLeft: left.goes.length,
      wronglyGone: expected.stays.filter((id) => !kept.has(id)).length,
      ...(await countTornRows(deployment)),
      kills: KILLS,
      backupBytes: files === 0 ? undefined : statSync(join(folder, `backup-${files}.ndjson.gz`)).size,
      ...run,
    }
  } finally {
    await deployment.close()
  }
}

async function measureIssuing(load, job) {
  const result = await load.run(job)
  refuseOthers('the server', result.statuses)
  return result
}

/** Latencies without and with a purge beside; then, of what that has left, deletions by key and nothing else. */
async function compare(options, { node }) {
  const deployment = await openSeeded(options, node)
  const load = startLoadGenerator('stored-load.mjs')
  try {
    const server = await deployment.startNode()
    const application = createApplication(server, { scopes: SCOPES.join(' ') })
    const job = { port: server.port, rate: options.rate, seconds: options.seconds, authorization: basic(application), scopes: SCOPES }
    await measureIssuing(load, { ...job, seconds: 3 })
    const alone = await measureIssuing(load, job)
    const before = await countTokens(deployment)
    const purge = startPurge(server)
    const beside = await measureIssuing(load, job)
    purge.stop()
    const { code } = await purge.ended
    const purged = before - (await countTokens(deployment))
    await server.stop()
    const { goes } = await judgeTokens(deployment)
    const plain = goes.length === 0 ? undefined : await deletePlainly(deployment, goes, PLAIN_BATCH)
    return { alone, beside, purgedMeanwhile: purged, purgeEndedWith: code, plainRows: goes.length, plainRowsPerSecond: plain }
  } finally {
    load.stop()
    await deployment.close()
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
  const node = findNode(options.node)
  const folder = mkdtempSync(join(tmpdir(), 'jeton-bench-'))
  try {
    const proof = await provePurge(options, { node, folder })
    const comparison = await compare(options, { node })
    const report = { bench: 'purge', node: node.version, engine: options.engine, rate: options.rate, backup: options.backup, proof, comparison }
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatPurge(report))
    return proof.wronglyLeft + proof.wronglyGone + proof.orphanScopes + proof.tokensWithoutScope === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
