import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { findFreePort } from '../src/main/demo/free-port.js'

/** `cut`: connections are closed and none is taken. `stall`: they stay open and nothing moves. */
export type ProxyMode = 'pass' | 'cut' | 'stall'

/** A line between a node and what it needs. */
export interface TcpProxy {
  readonly port: number
  set(mode: ProxyMode, delayMs?: number): void
  close(): Promise<void>
}

interface Line {
  mode: ProxyMode
  delayMs: number
  readonly sockets: Set<Socket>
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const line: Line = { mode: 'pass', delayMs: 0, sockets: new Set() }
  const server = createServer((socket) => accept(line, socket, targetPort))
  const port = await listen(server)
  return {
    port,
    set(mode, delayMs = 0) {
      Object.assign(line, { mode, delayMs })
      for (const socket of line.sockets) {
        if (mode === 'cut') socket.destroy()
        else if (mode === 'stall') socket.pause()
        else socket.resume()
      }
    },
    async close() {
      for (const socket of line.sockets) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

export async function listen(server: Server): Promise<number> {
  const port = await findFreePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return port
}

function accept(line: Line, near: Socket, targetPort: number): void {
  if (line.mode === 'cut') {
    near.destroy()
    return
  }
  const far = connect(targetPort, '127.0.0.1')
  forward(line, near, far)
  forward(line, far, near)
}

function forward(line: Line, from: Socket, to: Socket): void {
  line.sockets.add(from)
  from.setNoDelay(true)
  if (line.mode === 'stall') from.pause()
  let before = Promise.resolve()
  from.on('data', (bytes) => {
    const { delayMs } = line
    if (delayMs === 0) {
      before = before.then(() => send(to, bytes))
      return
    }
    // The order stays, also where the delay has changed in between.
    const waited = new Promise<void>((resolve) => setTimeout(resolve, delayMs))
    before = before.then(() => waited).then(() => send(to, bytes))
  })
  from.on('error', () => from.destroy())
  from.on('close', () => {
    line.sockets.delete(from)
    void before.then(() => to.destroy())
  })
}

function send(to: Socket, bytes: Buffer | string): void {
  if (!to.destroyed) to.write(bytes)
}
