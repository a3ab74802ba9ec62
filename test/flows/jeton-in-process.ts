import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { createMemoryFailureLimiter } from '../../src/adapters/memory/memory-failure-limiter.js'
import { noFailureLimiter } from '../../src/adapters/memory/no-failure-limiter.js'
import { openDatabase } from '../../src/adapters/prisma/open-database.js'
import { createSystemClock } from '../../src/adapters/system/clock.js'
import { createEventLog } from '../../src/adapters/system/event-log.js'
import type { NewClient } from '../../src/clients/make-client.js'
import { loadSettings } from '../../src/config/load-settings.js'
import type { EmbeddedDatabaseSettings, Settings } from '../../src/config/settings.js'
import { createSealer } from '../../src/keys/seal.js'
import { compose, type Jeton } from '../../src/main/compose/compose.js'
import type { Resources } from '../../src/main/resources.js'
import type { Siblings } from '../../src/main/workers/siblings.js'
import type { Clock } from '../../src/model/time.js'
import type { Bus } from '../../src/stores/bus.js'
import type { Stores } from '../../src/stores/stores.js'
import { createCheapPasswords } from '../cheap-passwords.js'
import { StillClock } from '../still-clock.js'
import { createServerDatabase, type FlowEngine, type ServerEngine } from './server-engine.js'

export const ISSUER = 'https://jeton.test'

export interface JetonOptions {
  /** What is added to the configuration. */
  readonly toml?: string
  /** `memory` with a clock that stands still, or a database of its own with the clock of the machine. */
  readonly engine?: FlowEngine
  /** The node on whose database this one is to be too, with connections of its own where it is a server's. */
  readonly beside?: Pick<JetonInProcess, 'stores' | 'databaseUrl'>
  /** What the nodes tell each other by. */
  readonly bus?: Bus
  /** What the nodes share elsewhere. */
  readonly share?: NonNullable<Resources['share']>
  readonly siblings?: Siblings
  /** Of this process; the memory database keeps the time of `databaseClock`. */
  readonly clock?: Clock
  readonly databaseClock?: Clock
  readonly onStatement?: (sql: string) => void
  /** Stands between the process and its stores. */
  readonly wrapStores?: (stores: Stores) => Stores
  /** The stores of another process, to be two nodes on one database. */
  readonly stores?: Stores
  readonly sealingKey?: Buffer
  readonly ownIssuer?: NonNullable<Resources['ownIssuer']>
}

type SettingsOnFile = Settings & { readonly database: EmbeddedDatabaseSettings }

export interface Credentials {
  readonly id: string
  readonly secret: string
}

/** A composed Jeton that answers requests in this process, without its background: the test says when it polls. */
export interface JetonInProcess {
  readonly jeton: Jeton
  readonly stores: Stores
  /** As if the database were a file, whatever it is. */
  readonly settings: SettingsOnFile
  /** Of a database server. */
  readonly databaseUrl: string | undefined
  readonly log: () => string
  createClient(client?: Partial<NewClient>): Promise<Credentials>
  post(path: string, form: Record<string, string> | string, client?: Credentials): request.Test
  get(path: string, token?: string): request.Test
  runJob(name: string): Promise<void>
  close(): Promise<void>
}

const ENCRYPTION_KEY = Buffer.alloc(32, 7)

export async function startJeton(options: JetonOptions = {}): Promise<JetonInProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-'))
  const settings = settingsOf(folder, options.toml ?? '')
  const clock = options.clock ?? ((options.engine ?? 'memory') === 'memory' ? new StillClock() : createSystemClock())
  const opened = await openStores(join(folder, 'jeton.db'), { options, settings, clock })
  const stores = options.wrapStores?.(opened.stores) ?? opened.stores
  const lines: string[] = []
  const resources: Resources = {
    stores,
    ...opened.shared,
    ...(options.bus && { bus: options.bus }),
    ...(options.share && { share: options.share }),
    ...(options.siblings && { siblings: options.siblings }),
    ...(options.ownIssuer && { ownIssuer: options.ownIssuer }),
    passwords: createCheapPasswords(),
    sealer: createSealer([options.sealingKey ?? ENCRYPTION_KEY]),
    clock,
    log: createEventLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } }),
    clientFailures: settings.rateLimit.enable
      ? createMemoryFailureLimiter({ ...settings.rateLimit, perName: settings.rateLimit.perClient }, clock)
      : noFailureLimiter,
    userFailures: settings.rateLimit.enable
      ? createMemoryFailureLimiter({ ...settings.rateLimit, perName: settings.rateLimit.perUser }, clock)
      : noFailureLimiter,
  }
  const jeton = compose({ settings, issuer: settings.oauth.issuer ?? ISSUER, version: '0.0.0' }, resources)
  await jeton.prepare()
  return {
    jeton,
    stores,
    settings,
    databaseUrl: opened.url,
    log: () => lines.join(''),
    async createClient(client = {}) {
      const created = await jeton.operations.clients.create({ name: 'test', ...client })
      return { id: created.client.id, secret: created.secret ?? '' }
    },
    post(path, form, client) {
      const sent = request(jeton.app).post(path).type('form').send(form)
      return client === undefined ? sent : sent.auth(client.id, client.secret)
    },
    get(path, token) {
      const sent = request(jeton.app).get(path)
      return token === undefined ? sent : sent.set('Authorization', `Bearer ${token}`)
    },
    async runJob(name) {
      await jeton.jobs.find((job) => job.name === name)?.run(new AbortController().signal)
    },
    async close() {
      jeton.retire()
      await opened.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Opening {
  readonly options: JetonOptions
  readonly settings: Settings
  readonly clock: Clock
}

interface Opened {
  readonly stores: Stores
  readonly shared?: Pick<Resources, 'among'>
  readonly url?: string
  close(): Promise<void>
}

async function openStores(file: string, { options, settings, clock }: Opening): Promise<Opened> {
  const { engine = 'memory', stores, beside } = options
  if (stores !== undefined) return { stores, close: async () => undefined }
  if (engine === 'postgresql' || engine === 'mysql') return openServerStores(engine, { options, settings, clock })
  if (beside !== undefined) return { stores: beside.stores, close: async () => undefined }
  if (engine === 'memory') {
    const memory = createMemoryDatabase(options.databaseClock ?? clock, { ...settings.revocation, cleanup: settings.cleanup })
    return { stores: memory, close: () => memory.close() }
  }
  const database = await openDatabase({
    file,
    ...settings.revocation,
    cleanup: settings.cleanup,
    ...(options.onStatement && { onStatement: options.onStatement }),
  })
  await database.migrate()
  return { stores: database, close: () => database.close() }
}

async function openServerStores(engine: ServerEngine, { options, settings }: Opening): Promise<Opened> {
  const own = options.beside?.databaseUrl === undefined ? await createServerDatabase(engine) : undefined
  const url = own?.url ?? options.beside?.databaseUrl ?? ''
  const database = await openDatabase({
    engine,
    url,
    poolSize: 4,
    ...settings.revocation,
    cleanup: settings.cleanup,
    ...(options.onStatement && { onStatement: options.onStatement }),
  })
  await database.migrate()
  return {
    stores: database,
    shared: { among: { leases: database.leases, nodes: database.nodes, connections: () => database.connections() } },
    url,
    async close() {
      await database.close()
      await own?.drop()
    },
  }
}

/** What most tests want: every grant on, with refresh tokens. */
function settingsOf(folder: string, toml: string): SettingsOnFile {
  const file = join(folder, 'deployment.toml')
  writeFileSync(file, `[oauth.grant_type.client_credentials]\nallow_refresh_tokens = true\n[oauth.grant_type.password]\nenable = true\n${toml}`)
  const loaded = loadSettings(file, {})
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const { database } = loaded.settings
  if (database.type !== 'sqlite') throw new Error('the engine is an option, not a part of the configuration')
  return { ...loaded.settings, database }
}
