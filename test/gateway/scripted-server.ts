import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds } from '../../src/model/time.js'
import { formatHeartbeatEvent, formatRevocationEvent } from '../../src/verification/feed-message.js'
import { formatSnapshot } from '../verification/format-snapshot.js'
import { jwks } from '../verification/signed-tokens.js'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers each path by a script: the answers in turn, the last one for good. */
export interface ScriptedServer {
  readonly url: string
  /** Paths with query, in the order they were asked for. */
  readonly asked: string[]
  /** Bodies and Authorization headers by path. */
  readonly seen: { readonly path: string; readonly authorization: string | undefined; readonly body: string }[]
  on(path: string, ...answers: readonly Answer[]): void
  /** Streams that are open now. */
  readonly streams: Set<ServerResponse>
  close(): Promise<void>
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const scripts = new Map<string, Answer[]>()
  const asked: string[] = []
  const seen: { path: string; authorization: string | undefined; body: string }[] = []
  const streams = new Set<ServerResponse>()
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    asked.push(request.url ?? '')
    let body = ''
    for await (const piece of request) body += piece
    seen.push({ path, authorization: request.headers.authorization, body })
    const script = scripts.get(path) ?? []
    const next = script.length > 1 ? script.shift() : script[0]
    if (next === undefined) response.writeHead(404).end()
    else next(request, response)
    if (path.endsWith('/changes') && response.statusCode === 200 && !response.writableEnded) streams.add(response)
    response.once('close', () => streams.delete(response))
  })
  const url = await listen(server)
  const scripted: ScriptedServer = {
    ...{ url, asked, seen, streams },
    on: (path, ...answers) => void scripts.set(path, [...answers]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  scripted.on('/oauth2/token', json({ access_token: 'feed-token', expires_in: 3600, token_type: 'Bearer' }))
  scripted.on('/oauth2/jwks', json(jwks))
  scripted.on(
    '/.well-known/oauth-authorization-server',
    json({
      issuer: url,
      token_endpoint: `${url}/oauth2/token`,
      introspection_endpoint: `${url}/oauth2/introspect`,
      jwks_uri: `${url}/oauth2/jwks`,
    }),
  )
  return scripted
}

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)))

export const json =
  (value: unknown, status = 200): Answer =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))

export const fail = (status: number): Answer => json({ error: 'no' }, status)

export const raw =
  (text: string, type: string): Answer =>
  (_request, response) =>
    void response.writeHead(200, { 'content-type': type }).end(text)

export const EPOCH = '1763680000000'

export function snapshot(seq: number, entries: readonly RevocationEntry[] = [], epoch = EPOCH): Answer {
  const head = { epoch, seq, generatedAt: epochSeconds(Math.floor(Date.now() / 1000)) }
  return raw(formatSnapshot('lines', { ...head, entries }), 'application/x-ndjson')
}

/** A stream that begins with these pieces and stays open. */
export const stream =
  (...pieces: readonly string[]): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    for (const piece of pieces) response.write(piece)
  }

export function heartbeat(seq: number, { epoch = EPOCH, ageMs = 0, aheadMs = 0 } = {}): string {
  const timeMs = Date.now() + aheadMs
  return formatHeartbeatEvent({ epoch, seq, confirmedAtMs: timeMs - ageMs, timeMs })
}

export const event = (entry: RevocationEntry, epoch = EPOCH): string => formatRevocationEvent(epoch, entry)

export function entry(seq: number, id: string, parts: Partial<RevocationEntry> = {}): RevocationEntry {
  return { seq, kind: 'token', id, cutoff: undefined, expires: epochSeconds(Math.floor(Date.now() / 1000) + 3600), ...parts }
}

/** Waits for something that has to come true soon. */
export async function eventually(isTrue: () => boolean | Promise<boolean>, withinMs = 8000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error('it did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
