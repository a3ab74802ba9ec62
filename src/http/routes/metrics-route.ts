import type { RequestHandler } from 'express'

/** GET /metrics in the text format of Prometheus. */
export function metricsRoute(render: () => Promise<{ readonly contentType: string; readonly body: string }>): RequestHandler {
  return async (_request, response) => {
    const { contentType, body } = await render()
    response.set('Content-Type', contentType).send(body)
  }
}
