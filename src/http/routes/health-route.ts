import type { RequestHandler } from 'express'

export interface Readiness {
  /** Schema, keys and revocations are loaded, clocks agree, nothing is stopping, and no outage has lasted too long. */
  readonly isReady: boolean
  readonly database: 'up' | 'down'
  readonly redis: 'up' | 'down' | 'none'
}

/** GET /healthz: the process lives. */
export const livenessRoute: RequestHandler = (_request, response) => {
  response.json({ status: 'ok' })
}

/** GET /readyz: whether to send requests here. */
export function readinessRoute(readiness: () => Readiness): RequestHandler {
  return (_request, response) => {
    const { isReady, database, redis } = readiness()
    const status = !isReady ? 'unavailable' : database === 'down' || redis === 'down' ? 'degraded' : 'ok'
    response.status(isReady ? 200 : 503).json({ status, database, redis })
  }
}
