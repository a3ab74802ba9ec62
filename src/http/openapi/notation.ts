/** A piece of the document, as it is sent. */
export type Piece = Readonly<Record<string, unknown>>

export const text: Piece = { type: 'string' }
export const texts: Piece = { type: 'array', items: text }
export const whole: Piece = { type: 'integer' }
export const flag: Piece = { type: 'boolean' }
/** Seconds since 1970. */
export const instant: Piece = { type: 'integer', minimum: 0 }

export const oneOf = (...words: readonly string[]): Piece => ({ type: 'string', enum: words })
export const listOf = (items: Piece): Piece => ({ type: 'array', items })
export const ref = (schema: string): Piece => ({ $ref: `#/components/schemas/${schema}` })

/** An object; `required` are those of its fields that are always there. */
export function object(properties: Piece, required: readonly string[] = []): Piece {
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

/** An answer without a body. */
export const empty = (description: string): Piece => ({ description })

export function answer(description: string, schema: Piece, mediaType = 'application/json'): Piece {
  return { description, content: { [mediaType]: { schema } } }
}

export function body(schema: string, mediaType: string): Piece {
  return { required: true, content: { [mediaType]: { schema: ref(schema) } } }
}

export const jsonBody = (schema: string): Piece => body(schema, 'application/json')
export const formBody = (schema: string): Piece => body(schema, 'application/x-www-form-urlencoded')

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request is not good.',
  401: 'Whoever asks is not known.',
  403: 'The token lacks a scope.',
  404: 'There is no such thing, or it is not for whoever asks.',
  406: 'There is no such form of the answer.',
  409: 'It is there already.',
  413: 'The body is larger than 64 KiB.',
  415: 'The body is of another media type, or compressed.',
  429: 'Authentication has failed too often.',
  503: 'What is needed to answer is away; try again after Retry-After.',
}

/** A refusal for each status, of the form of one API. A 401 for a missing token has no body. */
export function refusals(schema: string, ...statuses: readonly number[]): Piece {
  return Object.fromEntries(statuses.map((status) => [String(status), answer(REFUSALS[status] ?? '', ref(schema))]))
}

/** Access tokens of this server with any one of these scopes. */
export const bearer = (...scopes: readonly string[]): readonly Piece[] => scopes.map((scope) => ({ token: [scope] }))

/** A client that authenticates, in the header or in the form. */
export const client: readonly Piece[] = [{ client: [] }, {}]

export const inPath = (name: string): Piece => ({ name, in: 'path', required: true, schema: text })
export const inQuery = (name: string, schema: Piece): Piece => ({ name, in: 'query', required: false, schema })
