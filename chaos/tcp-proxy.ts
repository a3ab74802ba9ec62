import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { findFreePort } from '../src/main/demo/free-port.js'

/**
 * `cut`: connections are closed and none is taken. `stall`: they stay open and nothing moves. `mute`: requests arrive, and
 * their answers do not. A number: every packet takes so many milliseconds.
 */
export type Harm = 'cut' | 'stall' | 'mute' | number

/** A line between a node and what it needs. */
export interface TcpProxy {
  readonly port: number
  /** Of several at once the worst is in force. @returns what ends it. */
  harm(harm: Harm): () => void
  /** Ends the connections of now, with all that was under way in them. */
  drop(): void
  close(): Promise<void>
}

type End = 'near' | 'far'

interface Line {
  readonly harms: Set<{ readonly harm: Harm }>
  readonly sockets: Map<Socket, End>
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const line: Line = { harms: new Set(), sockets: new Map() }
  const server = createServer((socket) => accept(line, socket, targetPort))
  const port = await listen(server)
  const drop = (): void => {
    for (const socket of line.sockets.keys()) socket.destroy()
  }
  return {
    port,
    harm(harm) {
      const one = { harm }
      line.harms.add(one)
      if (harm === 'cut') drop()
      settle(line)
      return () => {
        line.harms.delete(one)
        settle(line)
      }
    },
    drop,
    async close() {
      drop()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

const suffers = ({ harms }: Line, harm: Harm): boolean => [...harms].some((one) => one.harm === harm)

/** Whether nothing is read from this end now. */
const isHeld = (line: Line, end: End): boolean => suffers(line, 'stall') || (end === 'far' && suffers(line, 'mute'))

const delayOf = ({ harms }: Line): number => Math.max(0, ...[...harms].map(({ harm }) => (typeof harm === 'number' ? harm : 0)))

function settle(line: Line): void {
  for (const [socket, end] of line.sockets) isHeld(line, end) ? socket.pause() : socket.resume()
}

export async function listen(server: Server): Promise<number> {
  const port = await findFreePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return port
}

function accept(line: Line, near: Socket, targetPort: number): void {
  if (suffers(line, 'cut')) {
    near.destroy()
    return
  }
  const far = connect(targetPort, '127.0.0.1')
  forward(line, { from: near, to: far, end: 'near' })
  forward(line, { from: far, to: near, end: 'far' })
}

function forward(line: Line, { from, to, end }: { readonly from: Socket; readonly to: Socket; readonly end: End }): void {
  line.sockets.set(from, end)
  from.setNoDelay(true)
  let before = Promise.resolve()
  from.on('data', (bytes) => {
    const delayMs = delayOf(line)
    if (delayMs === 0) {
      before = before.then(() => send(to, bytes))
      return
    }
    // The order stays, also where the delay has changed in between.
    const waited = new Promise<void>((resolve) => setTimeout(resolve, delayMs))
    before = before.then(() => waited).then(() => send(to, bytes))
  })
  if (isHeld(line, end)) from.pause()
  from.on('error', () => from.destroy())
  from.on('close', () => {
    line.sockets.delete(from)
    void before.then(() => to.destroy())
  })
}

function send(to: Socket, bytes: Buffer | string): void {
  if (!to.destroyed) to.write(bytes)
}
