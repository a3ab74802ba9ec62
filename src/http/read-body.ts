import type { IncomingHttpHeaders } from 'node:http'
import type { Request } from 'express'

/** Far more than anybody has to say here. */
const LARGEST_BODY = 64 * 1024

/**
 * Reads a body of at most 64 KiB; `undefined` as soon as it is larger. What follows then is read and thrown away, so that the
 * answer is not lost with the connection. How long it may take is the server's to say.
 */
export function readBody(request: Request, take: (body: Buffer | undefined) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    const wasSmall = size <= LARGEST_BODY
    size += chunk.length
    if (size <= LARGEST_BODY) chunks.push(chunk)
    else if (wasSmall) take(undefined)
  })
  request.on('end', () => {
    if (size <= LARGEST_BODY) take(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
  })
}

/** Whether the body is not compressed, and of this media type in UTF-8 (RFC 9110 §8.3). An empty body needs no type: what it lacks is said later. */
export function isOfType(mediaType: string, { headers }: Request): boolean {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return false
  const type = headers['content-type']
  if (type === undefined) return isEmpty(headers)
  const [media = '', ...parameters] = type.split(';')
  return media.trim().toLowerCase() === mediaType && parameters.every(isAllowed)
}

/** A form and JSON are UTF-8 by definition; a client may say so. */
const isAllowed = (parameter: string): boolean => !/^ *charset *=/i.test(parameter) || /^ *charset *= *"?utf-?8"? *$/i.test(parameter)

function isEmpty(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0'
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @returns undefined where the bytes are no UTF-8. */
export function decodeUtf8(body: Buffer): string | undefined {
  try {
    return utf8.decode(body)
  } catch {
    return undefined
  }
}
