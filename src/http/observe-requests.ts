import type { RequestHandler } from 'express'

/** A request that has been answered. */
export interface AnsweredRequest {
  readonly route: string
  readonly status: number
  readonly seconds: number
}

/** Tells of each request when its answer is sent. Streams are told of when they end. */
export function observeRequests(observe: (request: AnsweredRequest) => void, nowMs: () => number): RequestHandler {
  return (request, response, next) => {
    const arrivedMs = nowMs()
    response.once('finish', () => observe({ route: request.path, status: response.statusCode, seconds: (nowMs() - arrivedMs) / 1000 }))
    next()
  }
}
