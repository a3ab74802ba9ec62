import { openConnection } from './http-connection.mjs'

/** Less than the time after which Jeton closes a connection that nobody uses (30 s): else both may act at once. */
const IDLE_MS = 20_000

/** Opens connections as they are needed, up to `most`; more requests wait in line, and their waiting is part of what they take. */
export function createConnectionPool(port, most) {
  const idle = []
  const waiting = []
  let open = 0

  const free = (connection) => {
    const next = waiting.shift()
    if (next === undefined) idle.push({ connection, sinceMs: performance.now() })
    else next(connection)
  }

  const take = () => {
    // The one used last: those that are hardly needed grow old.
    for (let newest = idle.pop(); newest !== undefined; newest = idle.pop()) {
      if (newest.connection.isOpen() && performance.now() - newest.sinceMs < IDLE_MS) return newest.connection
      newest.connection.end()
      open -= 1
    }
    if (open === most) return new Promise((resolve) => waiting.push(resolve))
    open += 1
    return openConnection(port)
  }

  return {
    async exchange(request) {
      const connection = await take()
      try {
        const response = await connection.exchange(request)
        free(connection)
        return response
      } catch (error) {
        // What is broken is replaced.
        free(openConnection(port))
        throw error
      }
    },
    waiting: () => waiting.length,
    end() {
      for (const { connection } of idle) connection.end()
    },
  }
}
