import type { RequestHandler, Response } from 'express'
import { OAuthError } from '../errors/oauth-error.js'
import { HttpRefusal } from './http-refusal.js'
import { createJsonFields, type JsonFields } from './json-fields.js'
import { decodeUtf8, isOfType, readBody } from './read-body.js'

const MEDIA_TYPE = 'application/json'

/** Reads a body that is one JSON object: 415 for another content type or a compressed one, 413 for more than 64 KiB. Then `jsonOf` has it. */
export const readJson: RequestHandler = (request, response, next) => {
  if (!isOfType(MEDIA_TYPE, request)) return next(new HttpRefusal(415, `the body has to be ${MEDIA_TYPE}`))
  readBody(request, (body) => {
    if (body === undefined) return next(new HttpRefusal(413, 'the body is too large'))
    const fields = parseObject(body)
    if (fields === undefined) return next(new OAuthError('invalid_request', 'the body has to be one JSON object in UTF-8'))
    response.locals.json = createJsonFields(fields)
    next()
  })
}

/** What `readJson` has read. */
export function jsonOf(response: Response): JsonFields {
  return response.locals.json as JsonFields
}

/** Nothing at all is an object without fields: what it lacks is said by the endpoint. */
function parseObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  const text = decodeUtf8(body)
  if (text === '') return {}
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
