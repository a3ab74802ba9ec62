import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A link to a port that can be slow, or swallow everything. */
export interface TcpProxy {
  readonly port: number
  /** Each way, from now on. */
  delay(ms: number): void
  /** Stays connected, and lets nothing through. */
  swallow(isSwallowing: boolean): void
  /** Closes every connection there is. */
  cut(): void
  close(): Promise<void>
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let [delayMs, isSwallowing] = [0, false]
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.on('data', (chunk) => {
        const pass = (): void => void (isSwallowing || to.destroyed || to.write(chunk))
        if (delayMs === 0) pass()
        else setTimeout(pass, delayMs)
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    delay: (ms) => {
      delayMs = ms
    },
    swallow: (next) => {
      isSwallowing = next
    },
    cut,
    async close() {
      server.close()
      cut()
    },
  }
}
