import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Response } from 'supertest'

type Json = Readonly<Record<string, unknown>>

const METHODS = ['get', 'post', 'put', 'delete'] as const

/** The operations of an OpenAPI document, as `GET /path/{name}`. */
export function operationsOf(document: Json): readonly string[] {
  return Object.entries(document.paths as Json).flatMap(([path, item]) =>
    METHODS.filter((method) => method in (item as Json)).map((method) => `${method.toUpperCase()} ${path}`),
  )
}

/** Whether answers are as the document says. Stricter than it is for the world: a field that it does not name is an error here. */
export interface DocumentCheck {
  /** What is wrong with an answer: nothing, or one line each. */
  problemsOf(answer: Response): readonly string[]
  /** Operations, each with the statuses that were seen. */
  readonly seen: ReadonlyMap<string, ReadonlySet<number>>
}

export function createDocumentCheck(document: Json): DocumentCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema(closed(document) as Json, 'jeton')
  const seen = new Map<string, Set<number>>()
  const patterns = operationsOf(document).map((operation) => {
    const [method = '', path = ''] = operation.split(' ')
    return { operation, method, path, form: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`) }
  })

  return {
    seen,
    problemsOf(answer) {
      const { status, headers, body, text } = answer
      const { req } = answer as unknown as { req: { readonly path: string; readonly method: string } }
      const [target = ''] = req.path.split('?')
      const found = patterns.find(({ method, form }) => method === req.method && form.test(target))
      if (found === undefined) return [`${target} is not in the document`]
      const { operation, method, path } = found
      seen.set(operation, (seen.get(operation) ?? new Set()).add(status))
      const responses = ((document.paths as Json)[path] as Json)[method.toLowerCase()] as { responses: Record<string, { content?: Json }> }
      const described = responses.responses[String(status)]
      if (described === undefined) return [`${operation}: the status ${status} is not in the document`]
      // RFC 6750 §3.1: who shows nothing is told how, and nothing else.
      if (text === '' || text === undefined)
        return status === 401 || described.content === undefined ? [] : [`${operation} ${status}: a body is missing`]
      const [mediaType = ''] = String(headers['content-type']).split(';')
      if (described.content?.[mediaType] === undefined) return [`${operation} ${status}: ${mediaType} is not in the document`]
      if (mediaType !== 'application/json') return []
      const place = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', mediaType, 'schema']
      const validate = ajv.compile({ $ref: `jeton#/${place.map(pointed).join('/')}` })
      if (validate(body)) return []
      return (validate.errors ?? []).map((error) => `${operation} ${status}: ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`)
    },
  }
}

const pointed = (name: string): string => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))

/** The same schemas, which take no fields but those that they name. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part)]))
  const isObject = copy.type === 'object' && typeof copy.properties === 'object' && copy.additionalProperties === undefined
  return isObject ? { ...copy, additionalProperties: false } : copy
}
