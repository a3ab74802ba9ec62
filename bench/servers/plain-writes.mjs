// The least that a server can do to write once for each request: no authentication, no token, one statement over Jeton's own driver.
import { createServer } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Prisma } from '../../dist/adapters/prisma/generated/sqlite/client.js'
import { createCoalescer } from '../../dist/stores/coalesce.js'
import { openEngine } from '../databases/bench-database.mjs'

/** As Jeton's own defaults. */
const CONNECTIONS = 10
const COALESCING = { maxBatch: 500, maxQueue: 10_000, nextTurn }
const DAY = 86_400

function createWrites(client) {
  let seq = 0n
  const row = (id, now) => {
    seq += 1n
    return Prisma.sql`(${seq}, 'token', ${id}, NULL, ${now + BigInt(DAY)}, ${now}, ${now + BigInt(DAY)})`
  }
  const currentSecond = () => BigInt(Math.floor(Date.now() / 1000))
  const update = (ids) => {
    const now = currentSecond()
    return client.$executeRaw`
      UPDATE JETON_GRANT SET GENERATION = GENERATION + 1, ROTATED_AT = ${now}, GRACE_USES = 0, EXPIRES_AT = ${now + BigInt(DAY)}
      WHERE GRANT_ID IN (${Prisma.join(ids)})`
  }
  const insert = (ids) => {
    const now = currentSecond()
    return client.$executeRaw`
      INSERT INTO JETON_REVOCATION (SEQ, KIND, ID, CUTOFF, EXPIRES, CREATED_AT, PURGE_AFTER) VALUES ${Prisma.join(ids.map((id) => row(id, now)))}`
  }
  return { update, insert }
}

const engine = await openEngine(JSON.parse(process.env.BENCH_DATABASE), CONNECTIONS)
const { update, insert } = createWrites(engine.client)
const coalesced = (write) => {
  const { submit } = createCoalescer(
    async (ids) => {
      await write(ids)
      return ids
    },
    { ...COALESCING, name: 'plain writes' },
  )
  return submit
}
const WRITES = {
  '/update': (id) => update([id]),
  '/insert': (id) => insert([id]),
  '/update/coalesced': coalesced(update),
  '/insert/coalesced': coalesced(insert),
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
}

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('latin1').on('data', (text) => {
    body += text
  })
  request.on('end', () => {
    WRITES[request.url](new URLSearchParams(body).get('id')).then(
      () => answer(response, 200, '{"written":true}'),
      (error) => answer(response, 500, JSON.stringify({ error: error.message })),
    )
  })
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.once('disconnect', () => process.exit())
