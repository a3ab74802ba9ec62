import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type JWTHeaderParameters, SignJWT } from 'jose'
import { findFreePort } from '../../src/main/demo/free-port.js'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { createOAuthClient, type OAuthClient } from '../../src/main/demo/oauth-client.js'
import { runJetonHere } from './command-here.js'
import { type ProxyName, type ProxyProcess, startProxy } from './proxies.js'
import { JETON, type RunResult, startServerProcess } from './server-process.js'

export const AUDIENCE = 'https://orders.example.com'
/** After so long without a word from the server nothing is believed. */
const HARD_MS = 5000
export const ANNA = { name: 'anna', password: 'correct horse battery' }

const FETCH_KEYS = fileURLToPath(new URL('../../adapters/haproxy/fetch-keys.mjs', import.meta.url))
/** What it ends with when the keys are others than before. */
const CHANGED = 10

/** Keys of another server whose tokens Jeton's gateways take too: so that tokens can be made here that no server would make. */
export const keys = {
  ES256: { kid: 'made-here', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  RS256: { kid: 'made-here-rsa', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  spare: { kid: 'made-here-spare', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
}

export interface ProxyStage {
  readonly server: JetonServer
  readonly proxies: readonly ProxyProcess[]
  /** The application whose tokens are shown. */
  readonly client: OAuthClient
  register(...options: readonly string[]): Promise<OAuthClient>
  jeton(args: readonly string[], stdin?: string): Promise<RunResult>
  /** A token as the server makes them, with these claims and header in place of its own; undefined takes one out. */
  make(claims?: Record<string, unknown>, header?: Record<string, unknown>, key?: keyof typeof keys): Promise<string>
  startSidecar(): Promise<void>
  stopSidecar(): Promise<void>
  /** As a timer of the operator's would: fetches the keys, and has HAProxy take them. */
  renewHaproxyKeys(): Promise<void>
  close(): Promise<void>
}

export async function setProxyStage(names: readonly ProxyName[]): Promise<ProxyStage> {
  const closing: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one()
  }
  try {
    return { ...(await build(names, (one) => closing.push(one))), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function build(names: readonly ProxyName[], onClose: (one: () => unknown) => void): Promise<Omit<ProxyStage, 'close'>> {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-proxies-'))
  onClose(() => rmSync(folder, { recursive: true, force: true }))
  // Programs that run as another user read in it.
  chmodSync(folder, 0o755)
  const server = await startServerProcess({ toml: '[log]\nlevel = "error"\n[oauth.grant_type.password]\nenable = true\n' })
  onClose(() => server.stop())
  const jeton: ProxyStage['jeton'] = (args, stdin = '') => runJetonHere([...args, '--json'], { config: server.config, stdin })
  await importKeys(jeton, folder)
  const metadata = await fetch(`${server.url}/.well-known/oauth-authorization-server`)
  const { issuer } = (await metadata.json()) as { readonly issuer: string }
  const register = async (...options: readonly string[]): Promise<OAuthClient> => {
    const { json } = await jeton(['apps', 'create', '--name', randomUUID(), '--audience', AUDIENCE, ...options])
    return createOAuthClient(server.url, { id: String(json?.client_id), secret: String(json?.client_secret) })
  }
  const upstream = await startUpstream()
  onClose(upstream.close)
  const { json: gateway } = await jeton(['apps', 'create', '--name', 'gateway', '--scopes', 'revocation_feed'])
  const port = await findFreePort()
  const [clientId, clientSecret] = [String(gateway?.client_id), String(gateway?.client_secret)]
  const sidecar = sidecarOf(folder, { port, issuer, audience: AUDIENCE, feed: server.url, clientId, clientSecret })
  onClose(sidecar.stop)
  await sidecar.start()
  const around = { issuer, jwks: `${server.url}/oauth2/jwks`, audience: AUDIENCE, upstream: upstream.address, sidecar: `127.0.0.1:${port}`, folder }
  const proxies: ProxyProcess[] = []
  for (const name of names) {
    const proxy = await startProxy(name, around)
    onClose(proxy.stop)
    proxies.push(proxy)
  }
  const client = await register('--grant-types', 'client_credentials,password,refresh_token', '--scopes', 'orders:read')
  return {
    ...{ server, proxies, client, register, jeton, startSidecar: sidecar.start, stopSidecar: sidecar.stop },
    async renewHaproxyKeys() {
      const [code] = await once(spawn(process.execPath, [FETCH_KEYS, around.jwks, join(folder, 'maps')], { stdio: 'ignore' }), 'exit')
      if (code === CHANGED) proxies.find(({ name }) => name === 'haproxy')?.kill('SIGUSR2')
    },
    make: (claims = {}, header = {}, key = 'ES256') => sign({ iss: issuer, sub: client.id, client_id: client.id, ...claims }, header, key),
  }
}

async function importKeys(jeton: ProxyStage['jeton'], folder: string): Promise<void> {
  for (const [name, { kid, publicKey }] of Object.entries(keys)) {
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: name === 'RS256' ? 'RS256' : 'ES256' }
    const file = join(folder, `${kid}.json`)
    writeFileSync(file, JSON.stringify({ keys: [jwk] }))
    const { code, stderr } = await jeton(['keys', 'import', file, '--verify-only'])
    if (code !== 0) throw new Error(stderr)
  }
}

function sign(claims: Record<string, unknown>, header: Record<string, unknown>, key: keyof typeof keys): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const { kid, privateKey } = keys[key]
  const all = { aud: AUDIENCE, aut: 'APPLICATION', iat: now, exp: now + 600, jti: randomUUID(), grant_id: randomUUID(), grant_iat: now, ...claims }
  const protectedHeader = { alg: key === 'RS256' ? 'RS256' : 'ES256', kid, typ: 'at+jwt', ...header } as JWTHeaderParameters
  return new SignJWT(all).setProtectedHeader(protectedHeader).sign(privateKey)
}

export interface SidecarOptions {
  readonly port: number
  readonly issuer: string
  readonly audience: string
  readonly feed: string
  readonly clientId: string
  readonly clientSecret: string
}

/** `jeton gateway serve` with copies for all of them in `folder`. */
export function sidecarOf(folder: string, { port, issuer, audience, feed, clientId, clientSecret }: SidecarOptions) {
  const config = join(folder, 'gateway.toml')
  const text = `[gateway]\nport = ${port}\nissuer = "${issuer}"\naudience = ["${audience}"]\njwks_uri = "${feed}/oauth2/jwks"
[gateway.feed]\nurl = "${feed}"\nclient_id = "${clientId}"\nclient_secret = "${clientSecret}"
soft = "${HARD_MS / 2}ms"\nhard = "${HARD_MS}ms"\nbeyond = "closed"
[gateway.copies]\nfile = "revocations"\nhaproxy_socket = "haproxy.sock"\nhaproxy_maps = "${join(folder, 'maps')}"\n`
  writeFileSync(config, text, { mode: 0o600 })
  let child: ChildProcess | undefined
  return {
    async start(): Promise<void> {
      const started = spawn(process.execPath, [JETON, 'gateway', 'serve', '--config', config], {
        env: { ...process.env, NODE_OPTIONS: undefined },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      child = started
      await once(started.stdout, 'data')
    },
    async stop(): Promise<void> {
      if (child === undefined) return
      const ended = once(child, 'exit')
      // So that it has no time to say anything.
      child.kill('SIGKILL')
      child = undefined
      await ended
    },
  }
}

/** What is behind the proxies: answers with what it was told of the token. */
export async function startUpstream(): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const told = Object.entries(request.headers).filter(([name]) => name.startsWith('x-jeton-'))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(Object.fromEntries(told)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
