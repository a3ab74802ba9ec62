import express, { type ErrorRequestHandler, type RequestHandler, type Router } from 'express'
import { HttpRefusal } from './http-refusal.js'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** One path, and the steps of each of its methods. */
export interface Endpoint {
  readonly path: string
  readonly methods: Readonly<Partial<Record<Method, readonly RequestHandler[]>>>
}

/** Endpoints whose refusals have one form. */
export interface Api {
  readonly endpoints: readonly Endpoint[]
  readonly errorResponse: ErrorRequestHandler
}

/** A router for the endpoints of one API. */
export function routerOf({ endpoints, errorResponse }: Api): Router {
  const router = express.Router()
  for (const { path, methods } of endpoints) {
    const route = router.route(path)
    for (const [method, steps = []] of Object.entries(methods)) route[method.toLowerCase() as Lowercase<Method>](...steps)
    const allowed = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    route.all((_request, _response, next) => next(new HttpRefusal(405, 'this method is not allowed here', { Allow: allowed.join(', ') })))
  }
  return router.use(errorResponse)
}
