import type { RequestHandler, Response } from 'express'
import express from 'express'
import { OAuthError } from '../errors/oauth-error.js'

/** The parameters of a form, one value each, and the only one that may stand more than once (RFC 8707 §2). */
export interface FormParameters {
  readonly parameters: ReadonlyMap<string, string>
  readonly resources: readonly string[]
}

const LARGEST_BODY = 64 * 1024
const MEDIA_TYPE = 'application/x-www-form-urlencoded'
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads a form body of at most 64 KiB: 415 for another content type, 413 for a larger one. Then `parametersOf` has it. */
export const formBody: readonly RequestHandler[] = [
  (request, response, next) => {
    const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1)
    const isEmpty =
      request.headers['content-length'] === '0' ||
      (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined)
    if (type.trim().toLowerCase() === MEDIA_TYPE || (type === '' && isEmpty)) return next()
    response.status(415).json({ error: 'invalid_request', error_description: `the body has to be ${MEDIA_TYPE}` })
  },
  express.raw({ type: () => true, limit: LARGEST_BODY, inflate: false }),
  (request, response, next) => {
    response.locals.form = parseForm(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
    next()
  },
]

/** What `formBody` has read. */
export function parametersOf(response: Response): FormParameters {
  return response.locals.form as FormParameters
}

/**
 * RFC 6749 §3.2 and Appendix B: UTF-8, percent-encoded; a parameter without a value counts as absent, one that stands twice is refused.
 * @throws OAuthError `invalid_request`
 */
export function parseForm(body: Buffer): FormParameters {
  const parameters = new Map<string, string>()
  const resources: string[] = []
  for (const pair of decodeUtf8(body).split('&')) {
    const equals = pair.indexOf('=')
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    if (value !== '') add(formDecode(name), formDecode(value), { parameters, resources })
  }
  return { parameters, resources }
}

function add(
  name: string,
  value: string,
  { parameters, resources }: { readonly parameters: Map<string, string>; readonly resources: string[] },
): void {
  if (name === 'resource') {
    resources.push(value)
    return
  }
  if (parameters.has(name)) throw new OAuthError('invalid_request', 'a parameter stands more than once')
  parameters.set(name, value)
}

/** One name or value of `application/x-www-form-urlencoded`. @throws OAuthError `invalid_request` */
export function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new OAuthError('invalid_request', 'the percent-encoding is malformed')
  }
}

function decodeUtf8(body: Buffer): string {
  try {
    return utf8.decode(body)
  } catch {
    throw new OAuthError('invalid_request', 'the body is not UTF-8')
  }
}
