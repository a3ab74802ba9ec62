import { readFileSync } from 'node:fs'
import { parse } from '@iarna/toml'
import { KNOWN_KEYS } from '../../src/config/known-keys/known-keys.js'
import { isTable } from '../../src/config/toml-document.js'
import { messagesOf, settingsOf } from './loading.js'

const example = readFileSync('deployment.toml.example', 'utf8')
/** As if an operator had taken every "# " before a key or a header away. */
const uncommented = example.replace(/^# ((?:[\w"]+ = |\[\[).*)$/gm, '$1')
/** The same without what only stands in place of something else. */
const loadable = uncommented.replace(/^(?:url = "postgresql|sentinels|name = "mymaster"|nodes|tls = true|schedule = ).*$/gm, '')
const environment = { JETON_ENCRYPTION_KEY: 'ab'.repeat(32) }
const files = {
  '/etc/jeton/database_password': 'x',
  '/etc/jeton/redis-ca.pem': 'PEM',
  '/etc/jeton/redis_password': 'y',
  '/etc/jeton/wso2_password': 'wso2',
  '/etc/jeton/gateway_password': 'gateways',
}

function pathsIn(value: unknown, prefix = ''): readonly string[] {
  if (Array.isArray(value)) return value.some(isTable) ? value.flatMap((item) => pathsIn(item, `${prefix}[]`)) : [prefix]
  if (!isTable(value)) return [prefix]
  return Object.entries(value).flatMap(([name, child]) => pathsIn(child, prefix === '' ? name : `${prefix}.${name}`))
}

/** The comment above the key: what somebody reads who looks the key up. */
function commentOf(path: string): string {
  const cut = path.lastIndexOf('.')
  const table = path.slice(0, cut)
  const header = table.endsWith('[]') ? `[[${table.slice(0, -2)}]]` : `[${table}]`
  const section = uncommented.split(/^(?=\[)/m).find((part) => part.startsWith(`${header}\n`)) ?? ''
  const lines = section.split('\n')
  const end = lines.findIndex((line) => line.startsWith(`${path.slice(cut + 1)} = `))
  const start = lines.findLastIndex((line, index) => index < end && !line.startsWith('#'))
  return lines.slice(start + 1, end).join('\n')
}

const shown = new Set(pathsIn(parse(uncommented)))
const listed = (path: string): boolean => example.includes(`\n#   ${path}: `)

describe('deployment.toml.example', () => {
  it('loads as it is, and then changes nothing', () => {
    expect(settingsOf(example)).toEqual(settingsOf(''))
  })

  it('loads with every key taken in, and shows the defaults', () => {
    const [plain, all] = [settingsOf(''), settingsOf(loadable, environment, files)]
    expect(all).toEqual({
      ...plain,
      oauth: { ...plain.oauth, issuer: 'https://keys.example.com' },
      database: { ...plain.database, isDefault: false },
      purge: { ...plain.purge, maxReplicationLagMs: 2000 },
      redis: {
        kind: 'single',
        url: 'rediss://redis.example.com:6379',
        username: 'jeton',
        password: 'y',
        keyPrefix: 'jeton',
        caFile: '/etc/jeton/redis-ca.pem',
      },
      wso2: {
        ...plain.wso2,
        notify: {
          url: 'https://apim.example.com:9443/internal/data/v1/notify',
          username: 'jeton',
          password: 'wso2',
          keyManager: 'default',
        },
        revoked: { username: 'gateway', password: 'gateways', form: 'events' },
      },
      keystore: { ...plain.keystore, encryptionKeys: [Buffer.alloc(32, 0xab)] },
      notices: all.notices,
    })
  })

  it('has no key that is not known', () => {
    expect([...shown].filter((path) => !KNOWN_KEYS.some((key) => key.path === path))).toEqual([])
    const lines = [...example.matchAll(/^# {3}(\S+): /gm)].map((match) => match[1])
    expect(lines.filter((path) => !KNOWN_KEYS.some((key) => key.path === path))).toEqual([])
  })

  it.each(KNOWN_KEYS.map((key) => [key.path, key] as const))('documents %s', (path, key) => {
    expect(shown.has(path) || listed(path)).toBe(true)
    if (listed(path)) return
    const comment = commentOf(path)
    expect(comment).toContain(key.about)
    expect(comment).toContain(key.kind.expects)
    expect(comment).toContain(`Default: ${key.defaultIs ?? JSON.stringify(key.byDefault)}.`)
  })

  it('lists only what is refused whatever its value, and what is not needed', () => {
    for (const key of KNOWN_KEYS.filter(({ path }) => listed(path) && !path.endsWith('*'))) {
      const isRefused = messagesOf(`${key.path.replace('[]', '')} = "x"`).length > 0
      expect(isRefused || key.isIgnored === true).toBe(true)
    }
  })
})
