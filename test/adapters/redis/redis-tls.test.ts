import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { jest } from '@jest/globals'
import type { RedisSettings } from '../../../src/adapters/redis/redis-settings.js'
import { findFreePort } from '../../../src/main/demo/free-port.js'
import { clusterSettings, describeWithRedis, RedisStage, settingsFor } from './real-redis.js'
import { until } from './redis-process.js'

// Servers take their time to start and to agree, on a busy machine more.
jest.setTimeout(60_000)

const file = (name: string): string => fileURLToPath(new URL(`../../flows/tls/${name}`, import.meta.url))
/** Signed by itself, for localhost and 127.0.0.1. */
const CERTIFICATE = file('certificate.pem')
const ca = readFileSync(CERTIFICATE, 'utf8')
const FILES = { 'tls-cert-file': CERTIFICATE, 'tls-key-file': file('key.pem'), 'tls-ca-cert-file': CERTIFICATE, 'tls-auth-clients': 'no' }
const asOptions = (lines: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(lines).flatMap(([name, value]) => [`--${name}`, value])
const asLines = (lines: Readonly<Record<string, string>>): readonly string[] => Object.entries(lines).map((line) => line.join(' '))

describeWithRedis('a connection to Redis over TLS', () => {
  const stage = new RedisStage()
  afterEach(() => stage.close())

  /** Says something over one connection, and hears it over the other. */
  async function isHeard(settings: RedisSettings): Promise<void> {
    const { redis } = stage.connect(settings)
    const heard: string[] = []
    redis.hear(redis.key('channel'), { onMessage: (text) => void heard.push(text), onState: () => undefined })
    await until(() => redis.state() === 'up')
    await redis.attempt('publish', (commands) => commands.publish(redis.key('channel'), 'hello'))
    await until(() => heard.includes('hello'))
  }

  /** And that is said. */
  async function isRefused(settings: RedisSettings): Promise<void> {
    const { redis, events } = stage.connect(settings)
    await until(() => events.length > 0)
    expect(events[0]?.type).toBe('store_unavailable')
    expect(redis.state()).toBe('down')
  }

  /** A server that is spoken to by TLS at `port`. */
  async function tlsServer(): Promise<{ readonly port: number }> {
    const port = await findFreePort()
    await stage.server(['--tls-port', String(port), ...asOptions(FILES)])
    return { port }
  }

  it('is made where the URL says rediss, to a server whose signer it is told', async () => {
    const { port } = await tlsServer()
    for (const host of ['127.0.0.1', 'localhost']) await isHeard({ ...settingsFor(`rediss://${host}:${port}`), ca })
    await isRefused(settingsFor(`rediss://127.0.0.1:${port}`))
  })

  it('is made to sentinels, and to the server that they know', async () => {
    const master = await tlsServer()
    const port = await findFreePort()
    const sentinel = await stage.sentinel(master, asLines({ ...FILES, 'tls-port': String(port), 'tls-replication': 'yes' }))
    await until(() => sentinel.says('flags\nmaster\n', 'sentinel', 'master', 'jeton'))
    const settings = { kind: 'sentinel', name: 'jeton', sentinels: [{ host: '127.0.0.1', port }], isTls: true } as const
    const { keyPrefix, username, password } = settingsFor('')
    await isHeard({ ...settings, keyPrefix, username, password, ca })
    await isRefused({ ...settings, keyPrefix, username, password, ca: undefined })
  })

  it('is made to the nodes of a cluster', async () => {
    const port = await findFreePort()
    await stage.cluster(1, ['--tls-port', String(port), '--tls-cluster', 'yes', ...asOptions(FILES)])
    await isHeard({ ...clusterSettings([{ port }]), isTls: true, ca })
    await isRefused({ ...clusterSettings([{ port }]), isTls: true })
  })
})
