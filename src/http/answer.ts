import type { RequestHandler, Response } from 'express'

/** Nothing of this server is for a cache or a browser unless a route says otherwise. */
const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
}

export interface AnswerHead {
  /** 200 when absent. */
  readonly status?: number
  /** Beside the headers of every answer, or in their place. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends one JSON document. Head and body go out as one string, in one write to the socket. */
export function sendJson(response: Response, body: unknown, { status = 200, headers }: AnswerHead = {}): void {
  const text = JSON.stringify(body)
  const length = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) }
  response.writeHead(status, { ...HEADERS, ...length, ...headers })
  // RFC 9110 §9.3.2: HEAD has the head of GET.
  response.end(response.req.method === 'HEAD' ? '' : text)
}

/** Sends a head and nothing else. */
export function sendEmpty(response: Response, { status = 200, headers }: AnswerHead = {}): void {
  response.writeHead(status, { ...HEADERS, 'Content-Length': 0, ...headers }).end()
}

/** For answers that are streamed, or sent by Express itself. */
export const answerHeaders: RequestHandler = (_request, response, next) => {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  next()
}

/** RFC 9110 §15.5.6. */
export function methodNotAllowed(...allowed: readonly string[]): RequestHandler {
  const headers = { Allow: allowed.join(', ') }
  return (_request, response) =>
    sendJson(response, { error: 'invalid_request', error_description: 'this method is not allowed here' }, { status: 405, headers })
}

export const notFound: RequestHandler = (_request, response) => {
  sendJson(response, { error: 'not_found', error_description: 'there is nothing here' }, { status: 404 })
}
