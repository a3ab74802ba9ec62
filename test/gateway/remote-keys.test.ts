import { createRemoteKeys } from '../../src/gateway/remote-keys.js'
import { epochSeconds } from '../../src/model/time.js'
import { jwks } from '../verification/signed-tokens.js'
import { eventually, fail, json, type ScriptedServer, startScriptedServer } from './scripted-server.js'

let server: ScriptedServer
const local = { ms: 0 }
const clock = { nowMs: () => local.ms, now: () => epochSeconds(Math.floor(local.ms / 1000)) }

beforeEach(async () => {
  server = await startScriptedServer()
  local.ms = 0
})

afterEach(() => server.close())

function remoteKeys() {
  const url = new URL('/oauth2/jwks', server.url)
  return createRemoteKeys(async () => ({ token: url, introspection: url, jwks: url }), clock)
}

const header = (kid: string) => ({ alg: 'ES256', kid })
const noToken = { payload: '', signature: '' }

it('asks once for many at once, and not again for each unknown key', async () => {
  const find = remoteKeys()
  const found = await Promise.allSettled([find(header('k1'), noToken), find(header('k2'), noToken), find(header('k3'), noToken)])
  expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  await expect(find(header('k4'), noToken)).rejects.toThrow('no applicable key found')
  expect(server.asked).toEqual(['/oauth2/jwks'])
})

it('reads the keys again in the background, and keeps those it has while the server is away', async () => {
  server.on('/oauth2/jwks', json(jwks), fail(503))
  const find = remoteKeys()
  await find(header('k1'), noToken)
  local.ms = 600_000
  expect(await find(header('k1'), noToken)).toBeDefined()
  await eventually(() => server.asked.length === 2)
  expect(await find(header('k1'), noToken)).toBeDefined()
})

it.each([
  ['an error', () => fail(500)],
  ['no key set', () => json({ error: 'no' })],
])('is unavailable where the server sends %s, and asks again the next time', async (_what, bad) => {
  server.on('/oauth2/jwks', bad(), json(jwks))
  const find = remoteKeys()
  await expect(find(header('k1'), noToken)).rejects.toThrow('cannot be had')
  expect(await find(header('k1'), noToken)).toBeDefined()
})
