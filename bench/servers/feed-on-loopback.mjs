import { createServer } from 'node:http'

const EPOCH = '1763680000000'
const HOUR_MS = 3_600_000

/** The least of a key manager that a gateway follows: metadata, keys, a token of its own, a snapshot without entries, heartbeats. */
export async function startFeed(jwks) {
  const streams = new Set()
  const head = () => ({ epoch: EPOCH, seq: 0 })
  const beat = () => {
    const now = Date.now() / 1000
    return `event: heartbeat\ndata: ${JSON.stringify({ ...head(), confirmed_at: now, time: now })}\n\n`
  }
  const answers = {
    '/.well-known/oauth-authorization-server': () => ({
      issuer: url,
      token_endpoint: `${url}/oauth2/token`,
      introspection_endpoint: `${url}/oauth2/introspect`,
      jwks_uri: `${url}/oauth2/jwks`,
    }),
    '/oauth2/jwks': () => jwks,
    '/oauth2/token': () => ({ access_token: 'feed', expires_in: HOUR_MS / 1000, token_type: 'Bearer' }),
  }
  const server = createServer((request, response) => {
    const path = request.url.split('?')[0]
    if (path === '/revocations/snapshot') return response.end(`${JSON.stringify({ ...head(), generated_at: 0 })}\n{"end":true,"count":0}\n`)
    if (path === '/revocations/changes') {
      streams.add(response.writeHead(200, { 'content-type': 'text/event-stream' }))
      return response.write(beat())
    }
    const answer = answers[path]
    return response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer?.() ?? {}))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  const timer = setInterval(() => {
    for (const stream of streams) stream.write(beat())
  }, 1000)
  return {
    url,
    close() {
      clearInterval(timer)
      server.close()
      server.closeAllConnections()
    },
  }
}
