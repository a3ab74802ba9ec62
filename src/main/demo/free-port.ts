import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below what operating systems hand out to outgoing connections, so that a port stays free until the server binds it.
const LOWEST = 20_000
const HIGHEST = 32_000
const ATTEMPTS = 50

/** A port of 127.0.0.1 on which nobody listens. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isFree(port)) return port
  }
  throw new Error(`no free port found between ${LOWEST} and ${HIGHEST}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
