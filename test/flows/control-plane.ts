import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What the fake does with an event. `lost`: it is taken, and the connection ends without an answer. `slow`: taken after a while. */
export type Mood = 'taken' | 'lost' | 'slow' | 'unauthorized' | 'broken'

export interface ReceivedEvent extends Readonly<Record<string, unknown>> {
  readonly eventId: string
  readonly type: string
}

/** A control plane of WSO2's as far as `POST /internal/data/v1/notify` goes, in whatever mood. */
export interface ControlPlane {
  readonly url: string
  readonly received: readonly ReceivedEvent[]
  mood: () => Mood
  /** Nobody listens for so long; then it is back at the same address. */
  goAway(ms: number): Promise<void>
  close(): Promise<void>
}

const PATH = '/internal/data/v1/notify'
const SLOW_MS = 300

export async function startControlPlane(username: string, password: string): Promise<ControlPlane> {
  const received: ReceivedEvent[] = []
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  let server: Server | undefined
  const listen = async (port: number): Promise<number> => {
    const next = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      const mood = plane.mood()
      if (request.url !== PATH || request.method !== 'POST') return void response.writeHead(404).end()
      if (mood === 'unauthorized' || request.headers.authorization !== authorization) return void response.writeHead(401).end()
      if (mood === 'broken') return void response.writeHead(500).end('{"Message":"broken"}')
      received.push(JSON.parse(body))
      if (mood === 'lost') return void request.socket.destroy()
      if (mood === 'slow') await sleep(SLOW_MS)
      response.writeHead(200).end()
    })
    await new Promise<void>((resolve) => next.listen(port, '127.0.0.1', resolve))
    server = next
    return (next.address() as AddressInfo).port
  }
  const end = async (): Promise<void> => {
    const ending = server
    server = undefined
    if (ending === undefined) return
    const ended = new Promise((resolve) => ending.close(resolve))
    ending.closeAllConnections()
    await ended
  }
  const port = await listen(0)
  const plane: ControlPlane = {
    url: `http://127.0.0.1:${port}${PATH}`,
    received,
    mood: () => 'taken',
    async goAway(ms) {
      await end()
      await sleep(ms)
      await listen(port)
    },
    close: end,
  }
  return plane
}
