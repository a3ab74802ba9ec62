import { randomBytes } from 'node:crypto'
import { createTokenVerifier, type TokenVerifier } from '../src/gateway/index.js'
import { findFreePort } from '../src/main/demo/free-port.js'
import { type Call, type Credentials, createCall } from './calls.js'
import { DATABASE, type DatabaseServer, startDatabaseServer } from './database-server.js'
import { startFront } from './front.js'
import { createModel, type Model, type ModelClient, type ModelUser } from './model.js'
import { type ChaosNode, createNode } from './node.js'
import type { ChaosOptions } from './options.js'
import { GRACE_MS, GRACE_REUSE } from './outages.js'
import { findPrograms } from './programs.js'
import { type RedisServer, startRedisServer } from './redis-server.js'
import { createTally, type Tally } from './tally.js'

/** Everything that takes part. */
export interface Stage {
  readonly options: ChaosOptions
  readonly tally: Tally
  readonly model: Model
  readonly call: Call
  readonly database: DatabaseServer
  readonly redis: RedisServer
  readonly nodes: readonly ChaosNode[]
  readonly gateways: readonly TokenVerifier[]
  readonly clients: readonly ModelClient[]
  readonly users: readonly ModelUser[]
  /** May introspect everything and read the feed. */
  readonly checker: Credentials
}

/** What has to be stopped, newest last. */
export type Closers = (() => unknown)[]

const NODES = 3

/** @throws NotInstalled */
export async function openStage(options: ChaosOptions, folder: string, closers: Closers): Promise<Stage> {
  const programs = findPrograms(options.engine)
  const database = await startDatabaseServer({ engine: options.engine, programs, folder })
  closers.push(() => database.crash())
  const redis = await startRedisServer(programs, folder)
  closers.push(() => redis.crash())
  const ports = await Promise.all(Array.from({ length: NODES }, findFreePort))
  const front = await startFront(ports)
  closers.push(() => front.close())
  const issuer = `http://localhost:${front.port}`
  const toml = deployment(options, issuer)
  const nodes: ChaosNode[] = []
  for (const [index, port] of ports.entries()) {
    const node = await createNode({ index, folder, port, toml, databasePort: database.port, redisPort: redis.port })
    closers.push(() => node.close())
    if (index === 0) await migrate(node)
    await node.start()
    nodes.push(node)
  }
  const registered = await register(nodes[0] as ChaosNode)
  const { checker } = registered
  const gateways: TokenVerifier[] = []
  for (const url of [`http://127.0.0.1:${front.port}`, nodes[1]?.url ?? '']) {
    const gateway = await createTokenVerifier({ issuer, audience: issuer, feed: { url, clientId: checker.id, clientSecret: checker.secret } })
    closers.push(() => gateway.close())
    gateways.push(gateway)
  }
  const tally = createTally()
  return { options, tally, model: createModel(), call: createCall(tally), database, redis, nodes, gateways, ...registered }
}

async function migrate(node: ChaosNode): Promise<void> {
  const { code, stdout, stderr } = await node.run(['migrate'])
  if (code !== 0) throw new Error(`jeton migrate ended with ${code}: ${stdout}${stderr}`)
}

function deployment({ engine, lifetime }: ChaosOptions, issuer: string): (databasePort: number, redisPort: number) => string {
  const key = randomBytes(32).toString('hex')
  return (databasePort, redisPort) => `
[database.identity_db]
type = "${engine === 'postgres' ? 'postgre' : 'mysql'}"
hostname = "127.0.0.1"
port = ${databasePort}
name = "${DATABASE}"
username = "root"
[redis]
url = "redis://127.0.0.1:${redisPort}"
[keystore]
encryption_key = "${key}"
[oauth]
issuer = "${issuer}"
[oauth.grant_type.password]
enable = true
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
[oauth.token_validation]
app_access_token_validity = ${lifetime}
user_access_token_validity = ${lifetime}
[oauth.token_renewal]
refresh_grace = "${GRACE_MS / 1000}s"
refresh_grace_reuse = ${GRACE_REUSE}
[oauth.rate_limit]
enable = false
[log]
level = "warn"
`
}

async function register(node: ChaosNode): Promise<Pick<Stage, 'clients' | 'users' | 'checker'>> {
  const run = async (...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
    const { code, stdout, stderr } = await node.run(args)
    if (code !== 0) throw new Error(`jeton ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>
  }
  const createClient = async (name: string, ...rest: readonly string[]): Promise<Credentials> => {
    const { client_id: id, client_secret: secret } = await run('apps', 'create', '--name', name, ...rest)
    return { id: String(id), secret: String(secret) }
  }
  const grants = ['--grant-types', 'client_credentials,password,refresh_token', '--scopes', 'read']
  const clients: ModelClient[] = []
  for (const isSteady of [true, true, false])
    clients.push({ ...(await createClient(`client-${clients.length}`, ...grants)), isSteady, state: 'active' })
  const users: ModelUser[] = []
  for (const name of ['ada', 'bob', 'cleo']) {
    const { user_id: id, password } = await run('users', 'create', '--name', name)
    users.push({ id: String(id), name, password: String(password), state: 'active' })
  }
  const checker = await createClient('checker', '--grant-types', 'client_credentials', '--scopes', 'introspect_any revocation_feed')
  return { clients, users, checker }
}
