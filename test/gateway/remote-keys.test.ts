import { createRemoteKeys } from '../../src/gateway/remote-keys.js'
import { keyId } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'
import { jwks, pair } from '../verification/signed-tokens.js'
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

it('asks once for many at once, and not again for each unknown key', async () => {
  const { find } = remoteKeys()
  const found = await Promise.allSettled([find(keyId('k1'), 'ES256'), find(keyId('k2'), 'ES256'), find(keyId('k3'), 'ES256')])
  expect(found.map((one) => one.status === 'fulfilled' && one.value !== undefined)).toEqual([true, false, false])
  for (let n = 0; n < 100; n++) expect(await find(keyId(`unknown${n}`), 'ES256')).toBeUndefined()
  expect(server.asked).toEqual(['/oauth2/jwks'])
})

it('reads the keys again in the background, and keeps those it has while the server is away', async () => {
  server.on('/oauth2/jwks', json(jwks), fail(503))
  const { find } = remoteKeys()
  await find(keyId('k1'), 'ES256')
  local.ms = 600_000
  expect(await find(keyId('k1'), 'ES256')).toBeDefined()
  await eventually(() => server.asked.length === 2)
  expect(await find(keyId('k1'), 'ES256')).toBeDefined()
})

it.each([
  ['an error', () => fail(500)],
  ['no key set', () => json({ error: 'no' })],
  ['a key set without end', () => json({ keys: [...jwks.keys, 'x'.repeat(1024 * 1024)] })],
])('is unavailable where the server sends %s, and asks again the next time', async (_what, bad) => {
  server.on('/oauth2/jwks', bad(), json(jwks))
  const { find } = remoteKeys()
  await expect(find(keyId('k1'), 'ES256')).rejects.toThrow('cannot be had')
  expect(await find(keyId('k1'), 'ES256')).toBeDefined()
})

it('looks for an unknown key again after a while, and then once for all who ask', async () => {
  server.on('/oauth2/jwks', json({ keys: [jwks.keys[1]] }), json(jwks))
  const { find, version } = remoteKeys()
  expect(await find(keyId('k1'), 'ES256')).toBeUndefined()
  const before = version()
  local.ms = 5000
  const found = await Promise.all([find(keyId('k1'), 'ES256'), find(keyId('k1'), 'ES256'), find(keyId('k9'), 'ES256')])
  expect(found.map((key) => key?.algorithm)).toEqual(['ES256', 'ES256', undefined])
  expect([server.asked.length, version() !== before]).toEqual([2, true])
})

it('does not know a key that is no longer published, once the set was read again', async () => {
  server.on('/oauth2/jwks', json(jwks), json({ keys: [jwks.keys[1]] }))
  const { find, version } = remoteKeys()
  await find(keyId('k1'), 'ES256')
  const before = version()
  local.ms = 600_000
  await find(keyId('k1'), 'ES256')
  await eventually(() => version() !== before)
  expect(await find(keyId('k1'), 'ES256')).toBeUndefined()
})

it('keeps the keys that it has where a set without any usable key is sent', async () => {
  server.on('/oauth2/jwks', json(jwks), json({ keys: [] }))
  const { find, version } = remoteKeys()
  await find(keyId('k1'), 'ES256')
  const before = version()
  local.ms = 600_000
  await expect(find(keyId('unknown'), 'ES256')).rejects.toThrow('cannot be had')
  expect([(await find(keyId('k1'), 'ES256'))?.algorithm, version()]).toEqual(['ES256', before])
})

it('does not verify with a key whose private half was published, and names it', async () => {
  server.on('/oauth2/jwks', json({ keys: [{ ...pair.privateKey.export({ format: 'jwk' }), kid: 'k1' }, jwks.keys[1]] }))
  const { find, exposed } = remoteKeys()
  expect([await find(keyId('k1'), 'ES256'), exposed()]).toEqual([undefined, ['k1']])
})
