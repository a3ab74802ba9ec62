// A telephone company's key manager: a thousand requests a second over more than a million living grants, for half an hour.
import { parseArgs } from 'node:util'
import { purgeLeap } from '../../dist/model/grant.js'
import { ENGINE_NAMES, insertRows } from '../databases/bench-database.mjs'
import { cpuMicros, memoryBytes } from '../load/cpu-time.mjs'
import { grantIdAt, turnsOf } from '../load/grant-ids.mjs'
import { startLoadGenerator } from '../load/load-generator.mjs'
import { judgeFlatness } from '../reports/flatness.mjs'
import { formatHead, formatMinute, formatSummary } from '../reports/telco-report.mjs'
import { basic } from '../servers/check-answer.mjs'
import { findNode } from '../servers/find-node.mjs'
import { openDeployment } from '../servers/jeton-on-database.mjs'
import { runJeton } from '../servers/jeton-server.mjs'
import { createApplication } from '../servers/start-jeton.mjs'

/** A second. A password costs some 100 ms of CPU to check, whatever is done; the other pairs are client credentials. */
const RATES = { pair: 599, password: 1, refresh: 400, introspect: 50, revoke: 1 }
const WARM_UP_SECONDS = 20
const DAY = 86_400
const KEEP = 600
const HOUR = 3600
const USAGE = `usage: npm run bench -- telco [--engine ${ENGINE_NAMES.join('|')}] [--url URL] [--minutes N] [--grants N] [--node MAJOR|PATH] [--json]\n`

const TOML = `[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
[oauth.grant_type.password]
enable = true
`

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      engine: { type: 'string', default: 'postgres' },
      url: { type: 'string' },
      minutes: { type: 'string', default: '30' },
      grants: { type: 'string', default: '1400000' },
      node: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const options = { ...values, minutes: Number(values.minutes), grants: Number(values.grants) }
  if (!ENGINE_NAMES.includes(options.engine)) throw new TypeError(`--engine knows ${ENGINE_NAMES.join(', ')}`)
  if (!Number.isInteger(options.minutes) || options.minutes < 2) throw new TypeError('--minutes has to be a whole number from 2')
  if (!Number.isInteger(options.grants) || options.grants < 1000) throw new TypeError('--grants has to be a whole number from 1000')
  return options
}

/**
 * The table as years of use leave it, each row as a step writes it: every grant was refreshed an hour before its turn comes, and
 * PURGE_AFTER is up to a leap (see `purgeLeap`) later than it has to be.
 */
async function seedGrants({ client, database }, { count, issuedAt }) {
  const turns = turnsOf(count)
  const leap = purgeLeap(DAY)
  const rowAt = (index) => {
    const rotatedAt = issuedAt - HOUR + Math.floor(turns[index] / RATES.refresh)
    const purgeAfter = rotatedAt + DAY + KEEP + Math.floor(Math.random() * leap)
    return `'${grantIdAt(index)}', 1, ${rotatedAt}, 0, ${rotatedAt + DAY}, NULL, ${purgeAfter}`
  }
  const columns = 'GRANT_ID, GENERATION, ROTATED_AT, GRACE_USES, EXPIRES_AT, REVOKED_AT, PURGE_AFTER'
  await insertRows(client, { table: 'JETON_GRANT', columns, count, rowAt })
  if (database.name === 'postgres') await client.$executeRawUnsafe('VACUUM (ANALYZE) JETON_GRANT')
}

async function countGrants({ client }) {
  const [{ rows }] = await client.$queryRawUnsafe('SELECT COUNT(*) AS "rows" FROM JETON_GRANT')
  return Number(rows)
}

/** Everything that can be read beside the load at one moment. */
async function sample({ figures, client }, server) {
  const [head] = await client.$queryRawUnsafe('SELECT SEQ AS "seq" FROM JETON_HEAD WHERE ID = 1')
  const [log] = await client.$queryRawUnsafe('SELECT COUNT(*) AS "entries" FROM JETON_REVOCATION')
  return {
    atMs: performance.now(),
    serverCpu: cpuMicros(server.pid),
    databaseCpu: await figures.cpuMicros(),
    memory: memoryBytes(server.pid)?.now,
    commits: await figures.commits(),
    grants: await figures.table('JETON_GRANT'),
    revocations: Number(log.entries),
    seq: Number(head.seq),
  }
}

/** What lies between two samples, for the `answered` requests of that time. */
function between(before, after, answered) {
  const seconds = (after.atMs - before.atMs) / 1000
  const difference = (key) => (after[key] === undefined ? undefined : after[key] - before[key])
  const per = (value, divisor) => (value === undefined ? undefined : value / divisor)
  return {
    seconds,
    requestsPerSecond: answered / seconds,
    cpuMillisPerRequest: per(difference('serverCpu'), answered * 1000),
    serverCpuShare: per(difference('serverCpu'), seconds * 1_000_000),
    databaseCpuShare: per(difference('databaseCpu'), seconds * 1_000_000),
    commitsPerSecond: per(difference('commits'), seconds),
  }
}

async function measure(deployment, server, { options, job, write }) {
  const samples = []
  const minutes = []
  let sampling = Promise.resolve()
  const load = startLoadGenerator('telco-load.mjs', (word) => {
    sampling = sampling.then(async () => {
      samples.push(await sample(deployment, server))
      if (word.began) return
      const [before, after] = samples.slice(-2)
      const minute = { ...word, ...between(before, after, word.answered), after }
      minutes.push(minute)
      write(formatMinute(minute))
    })
  })
  try {
    const result = await load.run({ ...job, port: server.port, minutes: options.minutes, warmUpSeconds: WARM_UP_SECONDS, rates: RATES })
    await sampling
    const spans = [0, options.minutes - result.span].map((from) => {
      const answered = minutes.slice(from, from + result.span).reduce((sum, minute) => sum + minute.answered, 0)
      return between(samples[from], samples[from + result.span], answered)
    })
    const first = { ...result.first, ...spans[0], after: samples[result.span] }
    const last = { ...result.last, ...spans[1], after: samples.at(-1) }
    return { ...result, minutes, first, last, began: samples[0], ended: samples.at(-1) }
  } finally {
    load.stop()
  }
}

async function runTelco(options, write) {
  const node = findNode(options.node)
  const deployment = await openDeployment({ engine: options.engine, url: options.url, node: node.path, toml: TOML })
  try {
    const described = await deployment.figures.describe()
    write(formatHead({ node: node.version, described, options, rates: RATES }))
    const issuedAt = Math.floor(Date.now() / 1000)
    await seedGrants(deployment, { count: options.grants, issuedAt })
    const server = await deployment.startNode()
    const credentials = createApplication(server, { grantTypes: 'client_credentials,password,refresh_token' })
    const user = runJeton(server, 'users', 'create', '--name', 'anna')
    const job = {
      mint: deployment.mint,
      grants: { count: options.grants, generation: 1, clientId: credentials.id, issuedAt },
      credentials: { authorization: basic(credentials), username: 'anna', password: user.password },
    }
    const before = await countGrants(deployment)
    const measured = await measure(deployment, server, { options, job, write })
    const rows = { before, after: await countGrants(deployment) }
    return { bench: 'telco', node: node.version, engine: described, rates: RATES, options, rows, ...measured, verdict: judgeFlatness(measured) }
  } finally {
    await deployment.close()
  }
}

/** @returns the exit code: 1 where the run was not flat. */
export async function run(args) {
  let options
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`)
    return 2
  }
  const report = await runTelco(options, (text) => process[options.json ? 'stderr' : 'stdout'].write(text))
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatSummary(report))
  return report.verdict.isFlat ? 0 : 1
}
