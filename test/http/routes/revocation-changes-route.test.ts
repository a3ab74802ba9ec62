import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import express from 'express'
import { OAuthError } from '../../../src/errors/oauth-error.js'
import { createFeed, type Feed } from '../../../src/feed/create-feed.js'
import { revocationChangesRoute } from '../../../src/http/routes/revocation-changes-route.js'
import { EPOCH, logInMemory } from '../../feed/log-in-memory.js'

let server: Server
let url: string
let feed: Feed
let log: ReturnType<typeof logInMemory>

beforeEach(async () => {
  log = logInMemory()
  feed = createFeed(log, { most: 2, bufferedBytes: 100_000, recentEntries: 100, pageBytes: 1_000_000 })
  const app = express().set('query parser', 'simple').get('/revocations/changes', revocationChangesRoute(feed))
  app.use(((error, _request, response, _next) => {
    response.status(error instanceof OAuthError ? 400 : 503).json({ error: error.code, name: error.name })
  }) as express.ErrorRequestHandler)
  server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/revocations/changes`
})

afterEach(async () => {
  feed.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const ask = (query: string, init: RequestInit = {}): Promise<Response> => fetch(`${url}${query}`, init)

/** Reads until `wanted` has come. */
async function readUntil(response: Response, wanted: string): Promise<string> {
  let text = ''
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  while (reader !== undefined && !text.includes(wanted)) {
    const { value, done } = await reader.read()
    if (done) break
    text += value
  }
  return text
}

describe('a stream', () => {
  it('is sent as events that nothing on the way is to keep', async () => {
    log.write(2, feed)
    const response = await ask(`?since=${EPOCH}:1`)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    const text = await readUntil(response, 'heartbeat')
    expect(text).toContain(`event: revocation\nid: ${EPOCH}:2\ndata: {"seq":2,`)
    expect(text).not.toContain(`${EPOCH}:1\n`)
  })

  it('goes on after Last-Event-ID, which counts before since', async () => {
    log.write(3, feed)
    const response = await ask(`?since=${EPOCH}:0`, { headers: { 'Last-Event-ID': `${EPOCH}:2` } })
    expect((await readUntil(response, 'heartbeat')).match(/^id: .*/gm)).toEqual([`id: ${EPOCH}:3`])
  })

  it('gives its place free when the client goes', async () => {
    const controllers = [new AbortController(), new AbortController()]
    for (const { signal } of controllers) await ask(`?since=${EPOCH}:0`, { signal })
    expect((await ask(`?since=${EPOCH}:0`)).status).toBe(503)
    controllers[0]?.abort()
    for (let tries = 0; tries < 100; tries++) {
      const { status } = await ask(`?since=${EPOCH}:0`)
      if (status === 200) return
    }
    throw new Error('the place was never given free')
  })

  it('gives its place free when the client half closes its connection', async () => {
    const sockets = [0, 1].map(() => connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true }))
    for (const socket of sockets) {
      socket.write(`GET /revocations/changes?since=${EPOCH}:0 HTTP/1.1\r\nHost: a\r\n\r\n`)
      await once(socket, 'data')
    }
    expect((await ask(`?since=${EPOCH}:0`)).status).toBe(503)
    sockets[0]?.end()
    await once(sockets[0] as Socket, 'end')
    expect((await ask(`?since=${EPOCH}:0`)).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })

  it('ends when the feed closes', async () => {
    const response = await ask(`?since=${EPOCH}:0`)
    feed.close()
    expect(await readUntil(response, 'never')).toContain('heartbeat')
  })
})

it('a HEAD ends at once and takes no place', async () => {
  for (let n = 0; n < 3; n++) expect((await ask(`?since=${EPOCH}:0`, { method: 'HEAD' })).status).toBe(200)
})

describe('a long poll', () => {
  it('is answered as soon as something comes', async () => {
    const answer = ask(`?since=${EPOCH}:0&wait=30`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    log.write(1, feed)
    expect(await (await answer).json()).toMatchObject({ epoch: EPOCH, seq: 1, confirmed_at: 1763689999.8, time: 1763690000, entries: [{ seq: 1 }] })
  })

  it('gives its place free when the client goes', async () => {
    const gone = new AbortController()
    const answers = [ask(`?since=${EPOCH}:0&wait=30`, { signal: gone.signal }), ask(`?since=${EPOCH}:0&wait=30`, { signal: gone.signal })]
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await ask(`?since=${EPOCH}:0&wait=30`)).status).toBe(503)
    gone.abort()
    await Promise.allSettled(answers)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const again = ask(`?since=${EPOCH}:0&wait=30`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    log.write(1, feed)
    expect((await again).status).toBe(200)
  })
})

it('answers 410 resync for another epoch, as a stream and as a long poll', async () => {
  for (const query of ['?since=1:0', '?since=9007199254740991:0', '?since=1:0&wait=1', `?since=${EPOCH}:9`, `?since=${EPOCH}:9007199254740991`]) {
    const response = await ask(query)
    expect([response.status, await response.text()]).toEqual([410, '{"error":"resync"}'])
  }
})

it.each([
  '',
  '?since=',
  '?since=5',
  '?since=a:1',
  '?since=1:1&since=1:2',
  '?since=1:-1',
  '?since=1:9007199254740992',
  '?since=9007199254740992:1',
  '?wait=5',
])('answers 400 for the malformed or missing since of %j', async (query) => {
  const response = await ask(query)
  expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_request' }])
})

it.each(['0', '31', '-1', '1.5', 'x', '', '100'])('answers 400 for wait=%s', async (wait) => {
  expect((await ask(`?since=${EPOCH}:0&wait=${wait}`)).status).toBe(400)
})
