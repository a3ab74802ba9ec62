import type { IncomingHttpHeaders } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import { OAuthError } from '../errors/oauth-error.js'
import { sendJson } from './answer.js'

/** The parameters of a form, one value each, and the only one that may stand more than once (RFC 8707 §2). */
export interface FormParameters {
  readonly parameters: ReadonlyMap<string, string>
  readonly resources: readonly string[]
}

const LARGEST_BODY = 64 * 1024
const MEDIA_TYPE = 'application/x-www-form-urlencoded'
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a form body: 415 for another content type or a compressed one, 413 for more than 64 KiB. Then `parametersOf` has it.
 * How long it may take is the server's to say.
 */
export const readForm: RequestHandler = (request, response, next) => {
  if (!isForm(request))
    return sendJson(response, { error: 'invalid_request', error_description: `the body has to be ${MEDIA_TYPE}` }, { status: 415 })
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= LARGEST_BODY) chunks.push(chunk)
    // What follows is read and thrown away, so that the answer is not lost with the connection.
    else if (!response.headersSent) sendJson(response, { error: 'invalid_request', error_description: 'the body is too large' }, { status: 413 })
  })
  request.on('end', () => {
    if (size > LARGEST_BODY) return
    try {
      response.locals.form = parseForm(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
    } catch (error) {
      return next(error)
    }
    next()
  })
}

function isForm({ headers }: Request): boolean {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return false
  const type = headers['content-type']
  if (type === undefined) return isEmpty(headers)
  const [media = '', ...parameters] = type.split(';')
  return media.trim().toLowerCase() === MEDIA_TYPE && parameters.every(isAllowed)
}

/** The form is UTF-8 by definition; a client may say so. */
const isAllowed = (parameter: string): boolean => !/^ *charset *=/i.test(parameter) || /^ *charset *= *"?utf-?8"? *$/i.test(parameter)

/** A request without a body needs no content type; what it lacks is said by the endpoint. */
function isEmpty(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0'
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
