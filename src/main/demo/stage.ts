import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countRows } from '../../adapters/prisma/count-rows.js'
import { runCommand } from './command-process.js'
import { type Gateway, startGateway } from './gateway.js'
import { type JetonServer, startJetonServer } from './jeton-server.js'
import { createOAuthClient, type OAuthClient, type Pair, pairOf } from './oauth-client.js'
import type { Steps } from './steps.js'

export interface DemoUser {
  readonly id: string
  readonly name: string
  readonly password: string
}

/** What the steps play on: a server, a gateway, the command line, two applications and a user. */
export interface Stage {
  readonly steps: Steps
  readonly server: JetonServer
  readonly gateway: Gateway
  /** Of type JWT. */
  readonly shop: OAuthClient
  /** Of type OAUTH. */
  readonly till: OAuthClient
  readonly alice: DemoUser
  /** Runs `jeton <args> --json`. @throws Error when it ends with another code than 0. */
  jeton(args: readonly string[], stdin?: string): Promise<Readonly<Record<string, unknown>>>
  /** A pair of the shop in the name of the user. */
  userPair(): Promise<Pair>
  countRows(tables: readonly string[]): Readonly<Record<string, number>>
}

/** Where what has to be stopped is left, newest last. */
export type Closers = (() => Promise<unknown>)[]

type Command = Stage['jeton']

const JETON = fileURLToPath(new URL('../jeton.js', import.meta.url))
const TOML = `
[oauth.grant_type.password]
enable = true
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
[log]
level = "error"
`

/** Starts the server and the gateway in `folder`, on free ports, and registers who takes part. */
export async function openStage(folder: string, steps: Steps, closers: Closers): Promise<Stage> {
  const server = await startJetonServer({ command: JETON, folder, toml: TOML })
  closers.push(() => server.stop())
  const jeton = commandLine(server)
  const feed = await createApplication(jeton, ['--name', 'gateway', '--grant-types', 'client_credentials', '--scopes', 'revocation_feed'])
  const issuer = `http://localhost:${server.port}`
  const gateway = await startGateway(folder, { issuer, audience: issuer, feed: { url: server.url, clientId: feed.id, clientSecret: feed.secret } })
  closers.push(() => gateway.stop())
  const grantTypes = ['--grant-types', 'client_credentials,password,refresh_token']
  const shop = createOAuthClient(server.url, await createApplication(jeton, ['--name', 'shop', ...grantTypes, '--scopes', 'read openid']))
  const till = createOAuthClient(server.url, await createApplication(jeton, ['--name', 'till', '--token-type', 'OAUTH', '--scopes', 'read']))
  const alice = await createUser(jeton, 'alice')
  const asAlice = { grant_type: 'password', username: alice.name, password: alice.password }
  return {
    steps,
    server,
    gateway,
    shop,
    till,
    alice,
    jeton,
    userPair: async () => pairOf(await shop.token(asAlice)),
    countRows: (tables) => countRows(join(folder, 'jeton.db'), tables),
  }
}

function commandLine(server: JetonServer): Command {
  return async (args, stdin) => {
    const options = { cwd: server.folder, ...(stdin !== undefined && { stdin }) }
    const { code, stdout, stderr } = await runCommand([JETON, ...args, '--json', '--config', server.config], options)
    if (code !== 0) throw new Error(`jeton ${args.slice(0, 2).join(' ')} ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as Record<string, unknown>
  }
}

async function createApplication(jeton: Command, args: readonly string[]): Promise<{ readonly id: string; readonly secret: string }> {
  const { client_id: id, client_secret: secret } = await jeton(['apps', 'create', ...args])
  return { id: String(id), secret: String(secret) }
}

async function createUser(jeton: Command, name: string): Promise<DemoUser> {
  const { user_id: id, password } = await jeton(['users', 'create', '--name', name])
  return { id: String(id), name, password: String(password) }
}
