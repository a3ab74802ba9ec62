import type { Request, RequestHandler, Response } from 'express'
import type { WantedApplication } from '../../applications/application-metadata.js'
import type { ApplicationRegistry } from '../../applications/manage-applications.js'
import { OAuthError } from '../../errors/oauth-error.js'
import type { Application } from '../../model/application.js'
import type { ApplicationPage, ApplicationQuery } from '../../stores/application-store.js'
import { sendEmpty, sendJson } from '../answer.js'
import { claimsOf } from '../bearer.js'
import { jsonOf } from '../json-body.js'

/** Steps for GET and POST /applications and for GET, PUT, DELETE /applications/{applicationId}. */
export interface ApplicationsRoutes {
  readonly list: RequestHandler
  readonly create: RequestHandler
  readonly read: RequestHandler
  readonly replace: RequestHandler
  readonly remove: RequestHandler
}

type PageQuery = Omit<ApplicationQuery, 'owner'>

const SORTABLE = ['name', 'throttlingPolicy', 'status'] as const
// WSO2's default, and what one answer may hold.
const PAGE = 25
const LARGEST_PAGE = 500

/** `basePath`: where the portal API is. */
export function applicationsRoutes(registry: ApplicationRegistry, basePath: string): ApplicationsRoutes {
  return {
    async list(request, response) {
      const query = readQuery(request)
      sendJson(response, describePage(await registry.list(claimsOf(response), query), query))
    },
    async create(_request, response) {
      const application = await registry.create(claimsOf(response), readApplication(response))
      sendJson(response, describeApplication(application), { status: 201, headers: { Location: `${basePath}/applications/${application.id}` } })
    },
    async read(request, response) {
      sendJson(response, describeApplication(await registry.get(claimsOf(response), applicationIdOf(request))))
    },
    async replace(request, response) {
      sendJson(response, describeApplication(await registry.update(claimsOf(response), applicationIdOf(request), readApplication(response))))
    },
    async remove(request, response) {
      await registry.remove(claimsOf(response), applicationIdOf(request))
      sendEmpty(response)
    },
  }
}

/** Of a path that has it. */
export function applicationIdOf(request: Request): string {
  return String(request.params.applicationId)
}

/** Every other field is not its to say: ids, owner, status, groups, keys. */
function readApplication(response: Response): WantedApplication {
  const body = jsonOf(response)
  return {
    name: body.text('name'),
    throttlingPolicy: body.text('throttlingPolicy'),
    description: body.text('description'),
    tokenType: body.text('tokenType'),
    attributes: body.textsByName('attributes'),
  }
}

function readQuery({ query }: Request): PageQuery {
  const [sortBy = 'name', sortOrder = 'asc', name] = [query.sortBy, query.sortOrder, query.query]
  if (!isOneOf(SORTABLE, sortBy)) throw new OAuthError('invalid_request', `sortBy is ${SORTABLE.join(', ')}`)
  if (!isOneOf(['asc', 'desc'] as const, sortOrder)) throw new OAuthError('invalid_request', 'sortOrder is asc or desc')
  // Control characters are in no name.
  if (name !== undefined && (typeof name !== 'string' || /\p{Cc}|\p{Cs}/u.test(name)))
    throw new OAuthError('invalid_request', 'query is the name of an application')
  const limit = Math.min(readNumber(query.limit, 'limit') ?? PAGE, LARGEST_PAGE)
  return { name: name === '' ? undefined : name, sortBy, descending: sortOrder === 'desc', offset: readNumber(query.offset, 'offset') ?? 0, limit }
}

function isOneOf<Word extends string>(words: readonly Word[], value: unknown): value is Word {
  return words.some((word) => word === value)
}

function readNumber(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !/^\d{1,9}$/.test(value)) throw new OAuthError('invalid_request', `${name} is a whole number from 0`)
  return Number(value)
}

function describePage({ applications, total }: ApplicationPage, query: PageQuery) {
  const { offset, limit } = query
  const next = limit > 0 && offset + limit < total ? linkTo(query, offset + limit) : ''
  const previous = limit > 0 && offset > 0 ? linkTo(query, Math.max(0, offset - limit)) : ''
  return { count: applications.length, list: applications.map(describeInfo), pagination: { offset, limit, total, next, previous } }
}

function linkTo({ name, sortBy, descending, limit }: PageQuery, offset: number): string {
  const order = { sortBy, sortOrder: descending ? 'desc' : 'asc' }
  return `/applications?${new URLSearchParams({ limit: String(limit), offset: String(offset), ...order, ...(name !== undefined && { query: name }) })}`
}

function describeInfo({ id, name, throttlingPolicy, description, tokenType, status, attributes, ownerName }: Application) {
  return {
    applicationId: id,
    name,
    throttlingPolicy,
    description,
    tokenType,
    status,
    groups: [],
    subscriptionCount: 0,
    attributes: Object.fromEntries(attributes),
    owner: ownerName,
  }
}

function describeApplication(application: Application) {
  return { ...describeInfo(application), keys: [], subscriptionScopes: [], hashEnabled: true }
}
