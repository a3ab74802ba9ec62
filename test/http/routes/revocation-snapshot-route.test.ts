import express from 'express'
import request from 'supertest'
import { createFeed } from '../../../src/feed/create-feed.js'
import { revocationSnapshotRoute } from '../../../src/http/routes/revocation-snapshot-route.js'
import { logInMemory } from '../../feed/log-in-memory.js'

function serve() {
  const log = logInMemory()
  log.write(2)
  const feed = createFeed(log)
  return { log, app: express().disable('etag').get('/revocations/snapshot', revocationSnapshotRoute(feed)) }
}

const get = (app: express.Express, headers: Record<string, string> = {}) => request(app).get('/revocations/snapshot').set(headers)

it('answers JSON unless asked otherwise', async () => {
  const { app } = serve()
  for (const accept of ['application/json', '*/*', 'text/html, application/json;q=0.5']) {
    const answer = await get(app, { Accept: accept })
    expect([answer.status, answer.headers['content-type'], answer.body.seq]).toEqual([200, 'application/json; charset=utf-8', 2])
    expect([answer.headers.vary, answer.headers['cache-control']]).toEqual(['Accept', 'private, no-cache'])
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
  const [got, head] = [await get(app), await request(app).head('/revocations/snapshot')]
  expect([head.status, head.headers['content-length'], head.headers.etag, head.text]).toEqual([
    200,
    String(got.text.length),
    got.headers.etag,
    undefined,
  ])
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
  let body = ''
  const stream = response as unknown as NodeJS.ReadableStream
  stream.on('data', (piece) => {
    body += piece
  })
  stream.on('end', () => done(null, body))
}
