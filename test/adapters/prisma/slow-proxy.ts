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
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
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
  return {
    url: url.href,
    stall: () => set(true),
    flow: () => set(false),
    cut,
    close: async () => {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
