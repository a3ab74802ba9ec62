// Revokes at one node at a constant rate and asks the others until they refuse; a process of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnectionPool } from './connection-pool.mjs'
import { formRequest } from './http-connection.mjs'
import { openMint } from './mint.mjs'
import { percentiles } from './percentiles.mjs'
import { runSchedule } from './schedule.mjs'

const MOST_CONNECTIONS = 128
const GIVE_UP_MS = 10_000

async function run({ ports, rate, count, probeEveryMs, authorization, clientId, mint: keys }) {
  const mint = await openMint(keys, { clientId })
  const nodes = ports.map((port) => ({ port, pool: createConnectionPool(port, MOST_CONNECTIONS) }))
  const ask = ({ port, pool }, path, token) => pool.exchange(formRequest({ port, path, authorization, body: `token=${token}` }))
  const isActive = async (node, token) => {
    const { status, body } = await ask(node, '/oauth2/introspect', token)
    if (status !== 200) throw new Error(`introspection answered ${status}`)
    return body.includes('"active":true')
  }
  const [first, ...others] = nodes
  const latencies = others.map(() => [])
  const faults = { acceptedAtFirst: 0, refusedBefore: 0, never: 0 }

  async function probe(node, token, kept) {
    const from = performance.now()
    let passed = 0
    while ((await isActive(node, token)) && passed <= GIVE_UP_MS) {
      await sleep(probeEveryMs)
      passed = performance.now() - from
    }
    if (passed > GIVE_UP_MS) faults.never += 1
    else kept.push(performance.now() - from)
  }

  async function revokeOne() {
    const token = mint.accessToken()
    const known = await Promise.all(others.map((node) => isActive(node, token)))
    if (known.includes(false)) faults.refusedBefore += 1
    const { status } = await ask(first, '/oauth2/revoke', token)
    if (status !== 200) throw new Error(`revocation answered ${status}`)
    const probes = others.map((node, index) => probe(node, token, latencies[index]))
    if (await isActive(first, token)) faults.acceptedAtFirst += 1
    await Promise.all(probes)
  }

  const running = []
  await runSchedule([{ rate, start: () => running.push(revokeOne()) }], { seconds: count / rate })
  await Promise.all(running)
  for (const { pool } of nodes) pool.end()
  return { revocations: running.length, faults, nodes: latencies.map((each) => ({ refusals: each.length, ...percentiles(each) })) }
}

process.on('message', async (job) => {
  try {
    process.send({ result: await run(job) })
  } catch (error) {
    process.send({ error: error.stack })
  }
})
process.once('disconnect', () => process.exit())
