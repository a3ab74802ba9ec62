import { ServerUnavailable } from '../../src/gateway/http-requests.js'
import { createOwnToken } from '../../src/gateway/own-token.js'
import { epochSeconds } from '../../src/model/time.js'
import { fail, json, raw, type ScriptedServer, startScriptedServer } from './scripted-server.js'

let server: ScriptedServer
const local = { ms: 0 }
const clock = { nowMs: () => local.ms, now: () => epochSeconds(Math.floor(local.ms / 1000)) }

beforeEach(async () => {
  server = await startScriptedServer()
  local.ms = 0
})

afterEach(() => server.close())

function ownToken() {
  const url = new URL('/oauth2/token', server.url)
  return createOwnToken({ clientId: 'a', clientSecret: 'b' }, async () => ({ token: url, introspection: url, jwks: url }), clock)
}

const token = (value: string) => json({ access_token: value, expires_in: 100 })

it('is asked for once by many at once, kept, and renewed before it expires', async () => {
  server.on('/oauth2/token', token('first'), token('second'))
  const own = ownToken()
  expect(await Promise.all([own.get(), own.get(), own.get()])).toEqual(['first', 'first', 'first'])
  local.ms = 79_999
  expect(await own.get()).toBe('first')
  local.ms = 80_000
  expect(await own.get()).toBe('second')
  expect(server.asked).toHaveLength(2)
})

it('is asked for anew when it was refused, but not because an older one was', async () => {
  server.on('/oauth2/token', token('first'), token('second'))
  const own = ownToken()
  own.forget(await own.get())
  expect(await own.get()).toBe('second')
  own.forget('first')
  expect(await own.get()).toBe('second')
})

it.each([
  ['an error', () => fail(401)],
  ['no JSON', () => raw('<html>', 'text/html')],
  ['JSON that is no object', () => json(null)],
  ['no token', () => json({ token_type: 'Bearer' })],
])('fails as unavailable where the endpoint sends %s, and asks again the next time', async (_what, bad) => {
  server.on('/oauth2/token', bad(), token('good'))
  const own = ownToken()
  await expect(own.get()).rejects.toThrow(ServerUnavailable)
  expect(await own.get()).toBe('good')
})

it('is asked for once more beside a request that was lost in a partition', async () => {
  server.on('/oauth2/token', () => undefined, token('first'))
  const beganMs = performance.now()
  expect(await ownToken().get()).toBe('first')
  expect(performance.now() - beganMs).toBeLessThan(3000)
  expect(server.asked).toHaveLength(2)
})

it('follows no redirect with the secret', async () => {
  server.on('/oauth2/token', (_request, response) => void response.writeHead(307, { location: `${server.url}/elsewhere` }).end())
  await expect(ownToken().get()).rejects.toThrow(ServerUnavailable)
  expect(server.asked).toEqual(['/oauth2/token'])
})
