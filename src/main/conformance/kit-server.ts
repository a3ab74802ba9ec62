import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CommandRefused } from '../../errors/operational-errors.js'
import { parsePosition } from '../../verification/feed-position.js'
import type { Kit } from './kit.js'
import type { KitFeed } from './kit-feed.js'

/** The key manager that a gateway under test is pointed at. */
export interface KitServer {
  readonly url: string
  /** How many read the changes now. */
  readonly readers: number
  /** Tells everybody who reads the changes. */
  say(event: string): void
  /** From now on it is one that has lost its log: it offers the snapshot of the beginning, and knows no place of anybody's. `false`: it is itself again. */
  rollBack(isRolledBack: boolean): void
  close(): Promise<void>
}

const BEAT_MS = 500

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** @throws CommandRefused `cannot_listen` */
export async function startKitServer(kit: Kit, feed: KitFeed, port: number): Promise<KitServer> {
  const streams = new Set<ServerResponse>()
  const state = { isRolledBack: false }
  const answers = createAnswers(kit, feed, { streams, state })
  const server = createServer((request, response) => {
    request.resume()
    const answer = answers[new URL(request.url ?? '/', 'http://kit').pathname]
    if (answer === undefined) response.writeHead(404).end()
    else answer(request, response)
  })
  await listen(server, port)
  const say = (event: string): void => {
    for (const stream of streams) stream.write(event)
  }
  const beats = setInterval(() => say(feed.heartbeat()), BEAT_MS)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get readers() {
      return streams.size
    },
    say,
    rollBack(wanted) {
      state.isRolledBack = wanted
      for (const stream of streams) stream.destroy()
    },
    close: () =>
      new Promise((resolve) => {
        clearInterval(beats)
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Telling {
  readonly streams: Set<ServerResponse>
  readonly state: { readonly isRolledBack: boolean }
}

function createAnswers({ jwks, issuer }: Kit, feed: KitFeed, { streams, state }: Telling): Readonly<Record<string, Answer>> {
  const fixed =
    (value: object): Answer =>
    (_request, response) =>
      json(response, 200, value)
  return {
    '/oauth2/jwks': fixed(jwks as object),
    '/oauth2/token': fixed({ access_token: 'feed', token_type: 'Bearer', expires_in: 3600 }),
    // Whoever asks does not judge by himself; a revoked token would pass then, and be found out.
    '/oauth2/introspect': fixed({ active: true, iss: issuer }),
    '/revocations/snapshot'(_request, response) {
      const { body, signature } = state.isRolledBack ? feed.oldSnapshot() : feed.snapshot()
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'jeton-signature': signature }).end(body)
    },
    '/revocations/changes'(request, response) {
      const since = parsePosition(new URL(request.url ?? '/', 'http://kit').searchParams.get('since') ?? '')
      if (state.isRolledBack || since === undefined) {
        json(response, 410, { error: 'resync' })
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(feed.since(since.seq) + feed.heartbeat())
      streams.add(response)
      response.once('close', () => streams.delete(response))
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new CommandRefused('cannot_listen', `cannot listen on port ${port}: ${cause.code}`)),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
