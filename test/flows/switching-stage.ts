import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTokenVerifier, type TokenVerifier } from '../../src/gateway/index.js'
import { findFreePort } from '../../src/main/demo/free-port.js'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { createOAuthClient, type OAuthClient, type Pair, pairOf } from '../../src/main/demo/oauth-client.js'
import { createUserHere, runJetonHere } from './command-here.js'
import { createServerDatabase, type FlowEngine, type TemporaryServerDatabase } from './server-engine.js'
import { startServerProcess } from './server-process.js'

/** `oauth.token_persistence.enable`. */
export type Mode = 'off' | 'on'
export type TokenType = 'JWT' | 'OAUTH'

export interface Credentials {
  readonly id: string
  readonly secret: string
}

const USER = { name: 'ada', password: 'a-password-of-ada' }
const TYPES = { postgresql: 'postgre', mysql: 'mysql' } as const

/** A server on one database that is stopped, and started again on the other file, at the same address. */
export class SwitchingStage {
  readonly #engine: FlowEngine
  readonly #folder = mkdtempSync(join(tmpdir(), 'jeton-switching-'))
  #database: TemporaryServerDatabase | undefined
  #port = 0
  #server: JetonServer | undefined
  #mode: Mode | undefined
  #verifier: TokenVerifier | undefined
  #gateway: Credentials | undefined

  constructor(engine: FlowEngine) {
    this.#engine = engine
  }

  async open(): Promise<void> {
    this.#port = await findFreePort()
    if (this.#engine === 'postgresql' || this.#engine === 'mysql') this.#database = await createServerDatabase(this.#engine)
    writeFileSync(this.#config, `[server]\n${this.#toml('off')}`)
    const { code, stderr } = await runJetonHere(['migrate'], { config: this.#config })
    if (code !== 0) throw new Error(stderr)
    await createUserHere(this.#config, USER)
    this.#gateway = await this.register('JWT', ['--grant-types', 'client_credentials', '--scopes', 'revocation_feed introspect_any'])
  }

  async close(): Promise<void> {
    await this.stop()
    await this.#database?.drop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** What is served now; undefined: nothing. */
  get mode(): Mode | undefined {
    return this.#mode
  }

  async serve(mode: Mode): Promise<void> {
    await this.stop()
    this.#server = await startServerProcess({ toml: this.#toml(mode), folder: this.#folder, port: this.#port })
    this.#mode = mode
    if (this.#gateway === undefined) return
    const feed = { url: this.url, clientId: this.#gateway.id, clientSecret: this.#gateway.secret }
    this.#verifier = await createTokenVerifier({ issuer: this.url, audience: this.url, feed })
  }

  async stop(): Promise<void> {
    await this.#verifier?.close()
    await this.#server?.stop()
    this.#server = undefined
    this.#mode = undefined
  }

  get url(): string {
    return `http://localhost:${this.#port}`
  }

  get gateway(): TokenVerifier {
    if (this.#verifier === undefined) throw new Error('nothing is served')
    return this.#verifier
  }

  async register(
    type: TokenType,
    more: readonly string[] = ['--grant-types', 'password,refresh_token', '--scopes', 'openid read'],
  ): Promise<Credentials> {
    const { json, code } = await runJetonHere(['apps', 'create', '--name', `${type} application`, '--token-type', type, ...more, '--json'], {
      config: this.#config,
    })
    if (code !== 0) throw new Error(`no application: ${JSON.stringify(json)}`)
    return { id: String(json?.client_id), secret: String(json?.client_secret) }
  }

  /** Moves applications to the other kind of token, as an operator does. */
  async move(type: TokenType, ids: readonly string[]): Promise<void> {
    const { code, stderr } = await runJetonHere(['apps', 'migrate', '--to', type, ...ids], { config: this.#config })
    if (code !== 0) throw new Error(stderr)
  }

  client(credentials: Credentials): OAuthClient {
    return createOAuthClient(this.url, credentials)
  }

  /** A pair of the user. */
  async issue(client: OAuthClient, scope = 'openid read'): Promise<Pair> {
    return pairOf(await client.token({ grant_type: 'password', username: USER.name, password: USER.password, scope }))
  }

  get #config(): string {
    return join(this.#folder, 'deployment.toml')
  }

  #toml(mode: Mode): string {
    return `[oauth]
issuer = "${this.url}"
[oauth.token_persistence]
enable = ${mode === 'on'}
[oauth.grant_type.password]
enable = true
[oauth.token_renewal]
refresh_grace = "2m"
[log]
level = "error"
${this.#databaseToml()}`
  }

  #databaseToml(): string {
    const keystore = `[keystore]\nencryption_key = "${'ab'.repeat(32)}"\n`
    if (this.#engine !== 'postgresql' && this.#engine !== 'mysql') return `[database.identity_db]\ntype = "sqlite"\nname = "jeton.db"\n${keystore}`
    return `[database.identity_db]\ntype = "${TYPES[this.#engine]}"\nurl = "${this.#database?.url}"\n${keystore}`
  }
}
