import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Settings } from '../config/settings.js'
import { CommandRefused } from '../errors/operational-errors.js'
import { isLoopback } from '../model/loopback.js'

export interface Listening {
  /** Of the first listener; what the default issuer is made of. */
  readonly port: number
  readonly url: string
  /** Every listener's. */
  readonly addresses: readonly string[]
  /** Until then every request is answered 503, or, where it listens late, goes to another process. @throws CommandRefused `cannot_listen` */
  serve(app: RequestListener): Promise<void>
  /** Takes no new connection, lets what is under way end, and cuts what has not ended within `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** A request that is slower than this is given up: its head, and all of it. */
const LIMITS: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16 * 1024,
}
const IDLE_SWEEP_MS = 100

/** While it is starting the process lives, and can do nothing yet. */
const notYet: RequestListener = ({ url }, response) => {
  const [status, text] = url === '/healthz' ? [200, '{"status":"ok"}'] : [503, '{"status":"unavailable"}']
  response.writeHead(status, { 'Retry-After': '1', 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(text)
}

export interface ListenOptions {
  /** Others listen on these ports already: it does when it serves, so that nobody meets a process that is not ready. A port that is 0 is only known once it is open. */
  readonly late?: boolean
}

/**
 * Opens the ports. Plain HTTP is served on loopback addresses, or where somebody in front ends TLS; HTTPS where it is enabled.
 * @throws CommandRefused `cannot_listen`
 */
export async function listen(
  { server: { hostname, port, behindTlsProxy }, https }: Pick<Settings, 'server' | 'https'>,
  { late = false }: ListenOptions = {},
): Promise<Listening> {
  let app = notYet
  const handle: RequestListener = (request, response) => app(request, response)
  const plain = isLoopback(hostname) || behindTlsProxy ? [{ server: createServer(LIMITS, handle), port, scheme: 'http' }] : []
  const tls =
    https === undefined
      ? []
      : [
          {
            server: createTlsServer({ ...LIMITS, cert: readFileSync(https.certificateFile), key: readFileSync(https.keyFile) }, handle),
            port: https.port,
            scheme: 'https',
          },
        ]
  const all = [...plain, ...tls]
  const isLate = late && all.every((one) => one.port !== 0)
  const openAll = async (): Promise<void> => {
    for (const one of all) await open(one.server, hostname, one.port)
  }
  if (!isLate) await openAll()
  const portOf = (one: (typeof all)[number]): number => (isLate ? one.port : (one.server.address() as AddressInfo).port)
  const addresses = all.map((one) => `${one.scheme}://${hostname.includes(':') ? `[${hostname}]` : hostname}:${portOf(one)}`)
  const [first] = all
  const [url] = addresses
  if (first === undefined || url === undefined) throw new CommandRefused('cannot_listen', 'there is nothing to listen on')
  return {
    port: portOf(first),
    url,
    addresses,
    async serve(listener) {
      app = listener
      if (isLate) await openAll()
    },
    close: async (graceMs) => void (await Promise.all(all.map((one) => close(one.server, graceMs)))),
  }
}

function open(server: Server, hostname: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new CommandRefused('cannot_listen', `cannot listen on ${hostname} port ${port}: ${cause.code ?? cause.message}`)),
    )
    server.listen(port, hostname, resolve)
  })
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  server.closeIdleConnections()
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}
