import { readFileSync } from 'node:fs'
import { GATEWAY_KEYS } from '../../src/config/known-keys/gateway-keys.js'
import { loadGatewaySettings } from '../../src/config/load-gateway-settings.js'
import { createFiles } from './loading.js'

const FILE = '/etc/jeton/gateway.toml'
const example = readFileSync('gateway.toml.example', 'utf8')
const environment = { JETON_GATEWAY_SECRET: 'from the environment' }
const load = (text: string) => loadGatewaySettings(FILE, environment, createFiles({ [FILE]: text }))

const LEAST = '[gateway]\nissuer = "https://id.test"\naudience = ["a"]\n[gateway.feed]\nclient_id = "g"\nclient_secret = "s"\n'

function settingsOf(text: string) {
  const loaded = load(text)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.settings
}

function problemsOf(text: string): readonly string[] {
  const loaded = load(text)
  return loaded.ok ? [] : loaded.problems.map(({ key, message, line }) => `${line} ${key}: ${message}`)
}

describe('gateway.toml.example', () => {
  it('loads as it is, and shows the defaults', () => {
    const [shown, least] = [settingsOf(example), settingsOf(LEAST)]
    expect(shown.verifier.feed).toMatchObject({ clientSecret: 'from the environment', url: 'https://id.example.com' })
    const { issuer, audience, feed } = least.verifier
    expect({ ...shown, verifier: { ...shown.verifier, issuer, audience, feed } }).toEqual(least)
    expect({ ...shown.verifier.feed, url: feed.url, clientId: feed.clientId, clientSecret: feed.clientSecret }).toEqual(feed)
  })

  it('loads with every key taken in', () => {
    const all = settingsOf(example.replace(/^# ((?:\w+ = |\[).*)$/gm, '$1'))
    expect(all.policies).toEqual({ orders: { scope: 'orders:read orders:write', beyond: 'closed' } })
    expect(all.copies).toEqual({
      file: '/run/jeton/revocations',
      haproxy: { socket: '/run/haproxy/jeton.sock', maps: '/etc/haproxy/jeton' },
      hardMs: 60_000,
    })
    expect(all.verifier).toMatchObject({
      jwksUri: 'https://id.example.com/oauth2/jwks',
      feed: { snapshotFile: '/var/lib/jeton-gateway/revocations' },
    })
  })

  it.each(Object.values(GATEWAY_KEYS).map(({ path }) => path))('shows %s', (path) => {
    const name = path.slice(path.lastIndexOf('.') + 1)
    expect(example).toMatch(name === 'policies' ? /^# \[gateway\.policies\./m : new RegExp(`^(# )?${name} = `, 'm'))
  })
})

it('names everything that is wrong at once, with its line and the nearest key', () => {
  const loaded = load(
    '[gateway]\nissuer = "id.test"\nprot = 1\nhostname = "0.0.0.0"\n[gateway.feed]\nclient_id = "g"\nsoft = "2m"\nbeyond = "opne"\n',
  )
  expect(loaded.ok ? [] : loaded.problems.map(({ line, key, didYouMean }) => [line, key, didYouMean])).toEqual([
    [1, 'gateway.audience', undefined],
    [2, 'gateway.issuer', undefined],
    [3, 'gateway.prot', 'gateway.port'],
    [4, 'gateway.hostname', undefined],
    [5, 'gateway.feed.client_secret', undefined],
    [7, 'gateway.feed.soft', undefined],
    [8, 'gateway.feed.beyond', 'open'],
  ])
})

it.each([
  '[gateway.policies.x]\nscop = "a"',
  '[gateway.policies.x]\nscope = "a  b"',
  '[gateway.policies.x]\nbeyond = "no"',
  '[gateway.policies]\nx = 1',
  '[gateway.policies."a/b"]',
])('refuses a policy that is misspelt: %j', (policy) => {
  expect(problemsOf(`${LEAST}${policy}\n`)).toEqual([expect.stringContaining('gateway.policies: expected tables')])
})

it('takes an address that is not loopback where the network is trusted, and a file beside its own', () => {
  const open = LEAST.replace('[gateway.feed]', 'hostname = "0.0.0.0"\ntrusted_network = true\n[gateway.feed]\nsnapshot_file = "kept"')
  expect(settingsOf(open)).toMatchObject({ hostname: '0.0.0.0', verifier: { feed: { snapshotFile: '/etc/jeton/kept' } } })
})

it('never repeats a secret', () => {
  expect(problemsOf(LEAST.replace('client_secret = "s"', 'client_secret = ["hush"]')).join()).not.toContain('hush')
})
