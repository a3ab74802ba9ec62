import { connect, createServer, type Socket } from 'node:net'
import { listen } from './tcp-proxy.js'

/** The load balancer: whoever connects gets the next node that takes the connection. */
export interface Front {
  readonly port: number
  close(): void
}

export async function startFront(nodePorts: readonly number[]): Promise<Front> {
  const sockets = new Set<Socket>()
  let turn = 0
  const server = createServer((near) => {
    sockets.add(near)
    near.on('error', () => near.destroy())
    near.on('close', () => sockets.delete(near))
    turn += 1
    join(near, [...nodePorts.slice(turn % nodePorts.length), ...nodePorts.slice(0, turn % nodePorts.length)])
  })
  const port = await listen(server)
  return {
    port,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function join(near: Socket, [port, ...others]: readonly number[]): void {
  if (port === undefined) {
    near.destroy()
    return
  }
  const far = connect(port, '127.0.0.1')
  let isJoined = false
  far.once('connect', () => {
    isJoined = true
    near.pipe(far).pipe(near)
    near.once('close', () => far.destroy())
  })
  far.once('error', () => (isJoined ? near.destroy() : join(near, others)))
  far.once('close', () => isJoined && near.destroy())
}
