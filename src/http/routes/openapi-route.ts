import type { RequestHandler } from 'express'
import { sendJson } from '../answer.js'
import { openApiDocument } from '../openapi/document.js'

/** GET /openapi.json: what this server serves. */
export function openApiRoute(version: string): RequestHandler {
  const document = openApiDocument(version)
  return (_request, response) => sendJson(response, document, { headers: { 'Cache-Control': 'public, max-age=300' } })
}
