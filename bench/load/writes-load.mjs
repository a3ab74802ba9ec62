// The load of requests that write, a process of its own: as many at once as there are connections, each about another grant or token.
import { randomUUID } from 'node:crypto'
import { grantIdAt } from './grant-ids.mjs'
import { formRequest, openConnection } from './http-connection.mjs'
import { openMint } from './mint.mjs'
import { percentiles } from './percentiles.mjs'

const form = (fields) => new URLSearchParams(fields).toString()

/** What each operation sends next. What it knows of the grants lasts from job to job. */
async function createOperations({ mint: keys, grants, authorization }) {
  const mint = await openMint(keys, grants)
  const generations = new Uint32Array(grants.count).fill(grants.generation)
  let position = 0
  const next = () => {
    position = (position + 1) % grants.count
    return position
  }
  const token = (fields) => ({ path: '/oauth2/token', authorization, body: form(fields) })
  const revoke = (value) => ({ path: '/oauth2/revoke', authorization, body: form({ token: value }) })
  const plain = (path, id) => ({ path, authorization: 'none', body: form({ id }) })
  return {
    refresh() {
      const grant = next()
      const presented = mint.refreshToken(grantIdAt(grant), generations[grant])
      generations[grant] += 1
      return token({ grant_type: 'refresh_token', refresh_token: presented })
    },
    revokeAccess: () => revoke(mint.accessToken()),
    revokeRefresh: () => revoke(mint.refreshToken(randomUUID(), 0)),
    update: () => plain('/update', grantIdAt(next())),
    updateCoalesced: () => plain('/update/coalesced', grantIdAt(next())),
    insert: () => plain('/insert', randomUUID()),
    insertCoalesced: () => plain('/insert/coalesced', randomUUID()),
  }
}

async function runLoad(next, { port, connections, count, seconds }) {
  const latencies = []
  const statuses = {}
  const startedAt = performance.now()
  const deadline = startedAt + seconds * 1000
  let left = count ?? Number.POSITIVE_INFINITY
  const loop = async () => {
    const connection = openConnection(port)
    while (left-- > 0 && performance.now() < deadline) {
      const request = formRequest({ port, ...next() })
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

let operations
process.on('message', async ({ prepare, operation, ...job }) => {
  try {
    if (prepare !== undefined) operations = await createOperations(prepare)
    process.send({ result: prepare === undefined ? await runLoad(operations[operation], job) : {} })
  } catch (error) {
    process.send({ error: error.stack })
  }
})
process.once('disconnect', () => process.exit())
