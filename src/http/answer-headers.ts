import type { RequestHandler } from 'express'

const EVERYWHERE: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
}
const HEADERS = new Headers(EVERYWHERE)

/** Nothing of this server is for a cache or a browser unless a route says otherwise. */
export const answerHeaders: RequestHandler = (_request, response, next) => {
  response.setHeaders(HEADERS)
  next()
}

/** RFC 9110 §15.5.6. */
export function methodNotAllowed(...allowed: readonly string[]): RequestHandler {
  return (_request, response) => {
    response.status(405).set('Allow', allowed.join(', ')).json({ error: 'invalid_request', error_description: 'this method is not allowed here' })
  }
}

export const notFound: RequestHandler = (_request, response) => {
  response.status(404).json({ error: 'not_found', error_description: 'there is nothing here' })
}
