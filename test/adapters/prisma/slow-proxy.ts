import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

/** Stands between a client and a server, and can do what networks do. */
export interface SlowProxy {
  /** The URL with the proxy's host and port in the place of the server's. */
  readonly url: string
  /** Keeps every byte from now on, and new connections too, until `flow`. */
  stall(): void
  flow(): void
  /** Breaks every connection. */
  cut(): void
  /** Breaks every connection and refuses new ones, until `listen`. */
  refuse(): Promise<void>
  listen(): Promise<void>
  close(): Promise<void>
}

export async function startSlowProxy(target: string): Promise<SlowProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let stalled = false
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }
  const server = createServer((near) => {
    const far = dial(Number(port), hostname)
    for (const socket of [near, far]) keep(socket)
    near.pipe(far)
    far.pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    if (stalled) for (const socket of [near, far]) socket.pause()
  })
  const listen = async (on = 0): Promise<void> => {
    server.listen(on, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen()
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const set = (isStalled: boolean): void => {
    stalled = isStalled
    for (const socket of sockets) isStalled ? socket.pause() : socket.resume()
  }
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const refuse = async (): Promise<void> => {
    server.close()
    cut()
    await once(server, 'close')
  }
  return {
    url: url.href,
    stall: () => set(true),
    flow: () => set(false),
    cut,
    refuse,
    listen: () => listen(Number(url.port)),
    close: async () => {
      if (server.listening) await refuse()
    },
  }
}
