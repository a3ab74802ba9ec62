import type { RequestHandler, Response } from 'express'
import { OAuthError } from '../errors/oauth-error.js'
import { sendJson } from './answer.js'
import { decodeUtf8, isOfType, readBody } from './read-body.js'

/** The parameters of a form, one value each, and the only one that may stand more than once (RFC 8707 §2). */
export interface FormParameters {
  readonly parameters: ReadonlyMap<string, string>
  readonly resources: readonly string[]
}

const MEDIA_TYPE = 'application/x-www-form-urlencoded'

/** Reads a form body: 415 for another content type or a compressed one, 413 for more than 64 KiB. Then `parametersOf` has it. */
export const readForm: RequestHandler = (request, response, next) => {
  if (!isOfType(MEDIA_TYPE, request))
    return sendJson(response, { error: 'invalid_request', error_description: `the body has to be ${MEDIA_TYPE}` }, { status: 415 })
  readBody(request, (body) => {
    if (body === undefined) return sendJson(response, { error: 'invalid_request', error_description: 'the body is too large' }, { status: 413 })
    try {
      response.locals.form = parseForm(body)
    } catch (error) {
      return next(error)
    }
    next()
  })
}

/** What `readForm` has read. */
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
  const text = decodeUtf8(body)
  if (text === undefined) throw new OAuthError('invalid_request', 'the body is not UTF-8')
  for (const pair of text.split('&')) {
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
