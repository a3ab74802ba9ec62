import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { answerHeaders, methodNotAllowed, notFound } from './answer.js'
import { type Api, routerOf } from './api.js'
import { readForm } from './form-parameters.js'
import { livenessRoute } from './routes/health-route.js'

/** One handler, or several in turn, for each endpoint. */
export interface Routes {
  readonly token: RequestHandler
  readonly revoke: RequestHandler
  readonly introspect: RequestHandler
  readonly jwks: RequestHandler
  readonly metadata: RequestHandler
  readonly userinfo: readonly RequestHandler[]
  readonly snapshot: readonly RequestHandler[]
  readonly changes: readonly RequestHandler[]
  readonly digests: readonly RequestHandler[]
  readonly revokedJwt: readonly RequestHandler[]
  readonly readiness: RequestHandler
  readonly metrics: RequestHandler
  readonly openApi: RequestHandler
  readonly apis: readonly Api[]
}

/** What a server of node:http calls for each request. */
export type App = Express
/** One step of an endpoint. */
export type Handler = RequestHandler

export interface AppSettings {
  readonly metadataPaths: readonly string[]
  /** The next hop is a proxy that says who asked. */
  readonly behindTlsProxy: boolean
}

/** What stands before and behind every endpoint. */
export interface Around {
  readonly observe: RequestHandler
  readonly errorResponse: ErrorRequestHandler
}

/** Every path that is worth a number of its own. */
export const OBSERVED_PATHS: readonly string[] = [
  '/oauth2/token',
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/oauth2/userinfo',
  '/oauth2/jwks',
  '/token',
  '/revoke',
  '/revocations/snapshot',
  '/revocations/changes',
  '/revocations/digests',
  '/admin/v1/revocations',
  '/internal/data/v1/revokedjwt',
]

/** Every endpoint and its methods. The busiest come first: routes are tried in this order. */
export function createApp(routes: Routes, around: Around, settings: AppSettings): App {
  const app = express()
    .disable('x-powered-by')
    .disable('etag')
    .set('query parser', 'simple')
    .set('trust proxy', settings.behindTlsProxy ? 1 : false)
  app.use(around.observe)
  post(app, ['/oauth2/token', '/token'], routes.token)
  post(app, ['/oauth2/introspect'], routes.introspect)
  post(app, ['/oauth2/revoke', '/revoke'], routes.revoke)
  app.use(answerHeaders)
  get(app, ['/oauth2/jwks'], [routes.jwks])
  get(app, ['/revocations/snapshot'], routes.snapshot)
  get(app, ['/revocations/changes'], routes.changes)
  get(app, ['/revocations/digests'], routes.digests)
  get(app, ['/oauth2/userinfo'], routes.userinfo)
  get(app, settings.metadataPaths.map(literalPath), [routes.metadata])
  get(app, ['/internal/data/v1/revokedjwt'], routes.revokedJwt)
  get(app, ['/healthz'], [livenessRoute])
  get(app, ['/readyz'], [routes.readiness])
  get(app, ['/metrics'], [routes.metrics])
  get(app, ['/openapi.json'], [routes.openApi])
  for (const api of routes.apis) app.use(routerOf(api))
  app.use(notFound)
  return app.use(around.errorResponse)
}

function post(app: Express, paths: readonly string[], handler: RequestHandler): void {
  app
    .route([...paths])
    .post(readForm, handler)
    .all(methodNotAllowed('POST'))
}

function get(app: Express, paths: readonly string[], handlers: readonly RequestHandler[]): void {
  app
    .route([...paths])
    .get(...handlers)
    .all(methodNotAllowed('GET', 'HEAD'))
}

/** A path with none of the signs that Express gives a meaning. */
const literalPath = (path: string): string => path.replace(/[{}()[\]+?!:*\\]/g, '\\$&')
