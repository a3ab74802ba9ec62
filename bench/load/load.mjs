// The load of equal requests, a process of its own.
import { openConnection } from './http-connection.mjs'
import { percentiles } from './percentiles.mjs'

/** Loads until `count` requests are sent or `seconds` are over. */
async function runLoad({ port, request, connections, count, seconds }) {
  const latencies = []
  const statuses = {}
  const startedAt = performance.now()
  const deadline = startedAt + seconds * 1000
  let left = count
  const loop = async () => {
    const connection = openConnection(port)
    while (left-- > 0 && performance.now() < deadline) {
      const sentAt = performance.now()
      const { status } = await connection.exchange(request)
      latencies.push(performance.now() - sentAt)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    connection.end()
  }
  await Promise.all(Array.from({ length: connections }, loop))
  return { requests: latencies.length, statuses, elapsedMs: performance.now() - startedAt, ...percentiles(latencies) }
}

process.on('message', async (job) => {
  try {
    process.send({ result: await runLoad(job) })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
process.once('disconnect', () => process.exit())
