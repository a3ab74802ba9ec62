import { randomUUID } from 'node:crypto'
import { connectRedis, type RedisConnection } from '../../../src/adapters/redis/connect-redis.js'
import type { RedisPatience, RedisSettings } from '../../../src/adapters/redis/redis-settings.js'
import type { BusinessEvent } from '../../../src/model/event.js'
import { describeWithRedis, RedisProcess, until } from './redis-process.js'

/** Short, so that a test of an outage is. */
export const PATIENCE: RedisPatience = { connectMs: 500, commandMs: 200 }

export { describeWithRedis }

/** Of a test alone, among all that share a server. */
export const newPrefix = (): string => `jeton-test-${randomUUID()}`

const NO_SECRETS = { username: undefined, password: undefined, ca: undefined }

export function settingsFor(url: string, keyPrefix = newPrefix()) {
  return { kind: 'single', url, ...NO_SECRETS, keyPrefix } satisfies RedisSettings
}

export function clusterSettings(nodes: readonly Pick<RedisProcess, 'port'>[], keyPrefix = newPrefix()) {
  const named = nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
  return { kind: 'cluster', nodes: named, isTls: false, ...NO_SECRETS, keyPrefix } satisfies RedisSettings
}

/** Connections and servers of one test, all closed after it. */
export class RedisStage {
  readonly #ends: (() => Promise<void> | void)[] = []

  async server(options?: readonly string[]): Promise<RedisProcess> {
    const server = await this.absentServer(options)
    await server.start()
    return server
  }

  async absentServer(options?: readonly string[]): Promise<RedisProcess> {
    const server = await RedisProcess.absent(options)
    this.atEnd(() => server.remove())
    return server
  }

  /** A sentinel that watches `master` under the name `jeton`, and decides alone. */
  async sentinel({ port }: Pick<RedisProcess, 'port'>, around: readonly string[] = []): Promise<RedisProcess> {
    const sentinel = await this.absentServer()
    const lines = [`monitor jeton 127.0.0.1 ${port} 1`, 'down-after-milliseconds jeton 500', 'failover-timeout jeton 3000']
    await sentinel.startSentinel([...around, ...lines.map((line) => `sentinel ${line}`)])
    return sentinel
  }

  /** Masters that share the slots, and know each other. */
  async cluster(size: number, around: readonly string[] = []): Promise<readonly RedisProcess[]> {
    const options = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-node-timeout', '1000', ...around]
    const nodes = await Promise.all(Array.from({ length: size }, () => this.server(options)))
    const share = Math.ceil(16_384 / size)
    for (const [index, node] of nodes.entries()) {
      node.cli('cluster', 'addslotsrange', String(index * share), String(Math.min((index + 1) * share, 16_384) - 1))
      node.cli('cluster', 'set-config-epoch', String(index + 1))
      if (index > 0) node.cli('cluster', 'meet', '127.0.0.1', String(nodes[0]?.port))
    }
    await until(() => nodes.every((node) => node.says('cluster_state:ok', 'cluster', 'info')), 30_000)
    await until(() => nodes.every((node) => node.cli('cluster', 'nodes').split('\n').length === size), 30_000)
    return nodes
  }

  connect(settings: RedisSettings, patience = PATIENCE): { readonly redis: RedisConnection; readonly events: BusinessEvent[] } {
    const events: BusinessEvent[] = []
    const redis = connectRedis(settings, (event) => void events.push(event), patience)
    this.atEnd(() => redis.close())
    return { redis, events }
  }

  atEnd(end: () => Promise<void> | void): void {
    this.#ends.unshift(end)
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end()
  }
}

/** The server that the tests share, if it is there. */
export const SHARED_URL = process.env.JETON_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379'
