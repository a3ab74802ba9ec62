// Requests for stored tokens at a constant rate, each of them for another of a few scopes in turn; a process of its own.
import { createConnectionPool } from './connection-pool.mjs'
import { formRequest } from './http-connection.mjs'
import { percentiles } from './percentiles.mjs'
import { runSchedule } from './schedule.mjs'

const MOST_CONNECTIONS = 64

async function run({ port, rate, seconds, authorization, scopes }) {
  const pool = createConnectionPool(port, MOST_CONNECTIONS)
  const [latencies, statuses, running] = [[], {}, []]
  let sent = 0
  async function issue(dueMs) {
    const body = `grant_type=client_credentials&scope=${scopes[sent++ % scopes.length]}`
    const status = await pool.exchange(formRequest({ port, path: '/oauth2/token', authorization, body })).then(
      (response) => response.status,
      () => 'broken',
    )
    latencies.push(performance.now() - dueMs)
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  await runSchedule([{ rate, start: (dueMs) => running.push(issue(dueMs)) }], { seconds })
  await Promise.all(running)
  pool.end()
  return { requests: latencies.length, statuses, ...percentiles(latencies) }
}

process.on('message', async (job) => {
  try {
    process.send({ result: await run(job) })
  } catch (error) {
    process.send({ error: error.stack })
  }
})
process.once('disconnect', () => process.exit())
