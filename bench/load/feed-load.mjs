// Listens to the feed on many connections, revokes and issues at constant rates; a process of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnectionPool } from './connection-pool.mjs'
import { openStreams } from './feed-streams.mjs'
import { formRequest } from './http-connection.mjs'
import { openMint } from './mint.mjs'
import { percentiles } from './percentiles.mjs'
import { runSchedule } from './schedule.mjs'

const MOST_CONNECTIONS = 64
/** What is under way at the end may still arrive; two heartbeats. */
const SETTLE_MS = 2000

const jtiOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()).jti

/** When each revocation was answered, and when each of the streams that are read told of it. */
function createReceipts() {
  const all = new Map()
  const of = (jti) => all.get(jti) ?? all.set(jti, { answeredMs: undefined, toldMs: [] }).get(jti)
  return {
    answered: (jti) => {
      of(jti).answeredMs = performance.now()
    },
    told: (jti) => of(jti).toldMs.push(performance.now()),
    report(read) {
      const answered = [...all.values()].filter(({ answeredMs }) => answeredMs !== undefined)
      // What was told before the answer is no later than it.
      const latencies = answered.flatMap(({ answeredMs, toldMs }) => toldMs.map((at) => Math.max(0, at - answeredMs)))
      return {
        revocations: answered.length,
        receipts: latencies.length,
        missing: answered.length * read - latencies.length,
        ...percentiles(latencies),
      }
    },
  }
}

async function run({ port, streams: count, read, token, position, rate, issueRate, seconds, authorization, clientId, mint: keys }) {
  const mint = await openMint(keys, { clientId })
  const pool = createConnectionPool(port, MOST_CONNECTIONS)
  const receipts = createReceipts()
  const post = async (path, body) => {
    const { status } = await pool.exchange(formRequest({ port, path, authorization, body }))
    if (status !== 200) throw new Error(`${path} answered ${status}`)
  }
  const streams = await openStreams({ port, token, position, count, read }, receipts.told)
  const issued = []
  const running = []
  const revoke = async () => {
    const value = mint.accessToken()
    await post('/oauth2/revoke', `token=${value}`)
    receipts.answered(jtiOf(value))
  }
  const issue = async (scheduledMs) => {
    await post('/oauth2/token', 'grant_type=client_credentials&scope=read')
    issued.push(performance.now() - scheduledMs)
  }
  const operations = [
    { rate, start: () => running.push(revoke()) },
    { rate: issueRate, start: (scheduledMs) => running.push(issue(scheduledMs)) },
  ].filter((operation) => operation.rate > 0)
  process.send({ began: true })
  const bytesBefore = streams.bytes
  await runSchedule(operations, { seconds })
  process.send({ ended: true })
  const bytesEach = count === 0 ? 0 : (streams.bytes - bytesBefore) / seconds / count
  await Promise.all(running)
  await sleep(SETTLE_MS)
  const { closed } = streams
  streams.end()
  pool.end()
  return {
    streams: count,
    closed,
    bytesEach,
    told: rate > 0 ? receipts.report(read) : undefined,
    issued: issueRate > 0 ? percentiles(issued) : undefined,
  }
}

process.on('message', async (job) => {
  try {
    process.send({ result: await run(job) })
  } catch (error) {
    process.send({ error: error.stack })
  }
})
process.once('disconnect', () => process.exit())
