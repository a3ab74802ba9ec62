import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import request from 'supertest'
import { createFeed } from '../../../src/feed/create-feed.js'
import { revocationSnapshotRoute } from '../../../src/http/routes/revocation-snapshot-route.js'
import { BINARY_TYPE } from '../../../src/verification/binary-snapshot.js'
import { logInMemory } from '../../feed/log-in-memory.js'

function serve() {
  const log = logInMemory()
  log.write(2)
  const feed = createFeed(log)
  return { log, feed, app: express().disable('etag').get('/revocations/snapshot', revocationSnapshotRoute(feed)) }
}

const get = (app: express.Express, headers: Record<string, string> = {}) =>
  request(app)
    .get('/revocations/snapshot')
    .set({ 'Accept-Encoding': 'identity', ...headers })

it('answers JSON unless asked otherwise', async () => {
  const { app } = serve()
  for (const accept of ['application/json', '*/*', 'text/html, application/json;q=0.5']) {
    const answer = await get(app, { Accept: accept })
    expect([answer.status, answer.headers['content-type'], answer.body.seq]).toEqual([200, 'application/json; charset=utf-8', 2])
    expect([answer.headers.vary, answer.headers['cache-control']]).toEqual(['Accept, Accept-Encoding', 'private, no-cache'])
  }
})

it('answers one line for each entry to who accepts application/x-ndjson (RFC 9110 §12.5.1)', async () => {
  const answer = await get(serve().app, { Accept: 'application/x-ndjson, application/json;q=0.9' }).buffer(true).parse(text)
  expect(answer.headers['content-type']).toMatch(/^application\/x-ndjson/)
  expect(answer.body.split('\n')).toHaveLength(5)
  expect(answer.body).toMatch(/\{"end":true,"count":2\}\n$/)
})

it('answers HEAD with the head of GET (RFC 9110 §9.3.2)', async () => {
  const { app } = serve()
  const [got, head] = [await get(app), await request(app).head('/revocations/snapshot').set('Accept-Encoding', 'identity')]
  expect([head.status, head.headers['content-length'], head.headers.etag, head.text]).toEqual([
    200,
    String(got.text.length),
    got.headers.etag,
    undefined,
  ])
})

it('answers the compact form to who accepts it, under any content coding that he takes', async () => {
  const answer = await get(serve().app, { Accept: BINARY_TYPE, 'Accept-Encoding': 'gzip, br' }).buffer(true).parse(binary)
  expect([answer.headers['content-type'], answer.headers['content-encoding']]).toEqual([BINARY_TYPE, undefined])
  expect(answer.body.subarray(0, 5).toString('latin1')).toBe('JREV\x01')
})

it('is signed, whichever form it has', async () => {
  const { app } = serve()
  for (const accept of ['application/json', 'application/x-ndjson', BINARY_TYPE]) {
    expect((await get(app, { Accept: accept }).buffer(true).parse(text)).headers['jeton-signature']).toMatch(/^jeton-snapshot\.\.\d$/)
  }
})

it.each([
  ['gzip', 'gzip'],
  ['br;q=0.5, gzip', 'gzip'],
  ['gzip;q=0.5, br', 'br'],
  ['deflate', undefined],
  ['gzip;q=0, identity', undefined],
  ['identity;q=0', undefined],
  ['', undefined],
])('codes the body for Accept-Encoding "%s" as %s (RFC 9110 §12.5.3)', async (accepted, coding) => {
  const { app } = serve()
  const answer = await get(app, { 'Accept-Encoding': accepted }).buffer(true).parse(binary)
  expect([answer.status, answer.headers['content-encoding'], answer.headers.vary]).toEqual([200, coding, 'Accept, Accept-Encoding'])
  const { etag = '' } = answer.headers
  expect((await get(app, { 'Accept-Encoding': accepted, 'If-None-Match': etag })).status).toBe(304)
})

it('refuses when too many are on their way, with nothing said of a snapshot', async () => {
  const { feed, app } = serve()
  const ends = Array.from({ length: 1000 }, () => feed.transfer(() => undefined))
  app.use(((_error, _request, response, _next) => void response.status(503).end()) as express.ErrorRequestHandler)
  const { status, headers } = await get(app, { 'Accept-Encoding': 'gzip' })
  expect([status, headers.etag, headers['content-encoding'], headers['jeton-signature']]).toEqual([503, undefined, undefined, undefined])
  ends[0]?.()
  for (let n = 0; n < 3; n++) expect((await get(app)).status).toBe(200)
})

it('is cut off when it is not taken in time, and leaves its place when it was', async () => {
  const { app, feed, log } = serve()
  log.write(200_000)
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET /revocations/snapshot HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(socket, 'readable')
  log.now.ms += 120_000
  feed.beat()
  socket.resume()
  await once(socket, 'close')
  expect(socket.bytesRead).toBeLessThan((await feed.snapshot({ form: 'json' })).bytes)
  await new Promise((resolve) => server.close(resolve))
})

it('answers 406 to who accepts neither (RFC 9110 §15.5.7)', async () => {
  expect((await get(serve().app, { Accept: 'text/html' })).status).toBe(406)
})

it('answers 304 to who has it already, form by form (RFC 9110 §13.1.2)', async () => {
  const { app, log } = serve()
  const { etag = '' } = (await get(app)).headers
  const again = await get(app, { 'If-None-Match': etag })
  expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag])
  expect((await get(app, { 'If-None-Match': etag, Accept: 'application/x-ndjson' }).buffer(true).parse(text)).status).toBe(200)
  log.write(1)
  log.now.ms += 1000
  expect((await get(app, { 'If-None-Match': etag })).status).toBe(200)
})

function text(response: request.Response, done: (error: Error | null, body: string) => void): void {
  binary(response, (error, body) => done(error, body.toString()))
}

function binary(response: request.Response, done: (error: Error | null, body: Buffer) => void): void {
  const pieces: Buffer[] = []
  const stream = response as unknown as NodeJS.ReadableStream
  stream.on('data', (piece) => pieces.push(piece))
  stream.on('end', () => done(null, Buffer.concat(pieces)))
}
