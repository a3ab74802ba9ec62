import type { Request, RequestHandler, Response } from 'express'
import type { ApplicationKeys, ApplicationToken, KeyWithClient, NewKey, WantedKey } from '../../applications/manage-keys.js'
import { OAuthError } from '../../errors/oauth-error.js'
import type { ClientLifetimes } from '../../model/client.js'
import { sendJson } from '../answer.js'
import { claimsOf } from '../bearer.js'
import { jsonOf } from '../json-body.js'
import type { JsonFields } from '../json-fields.js'
import { applicationIdOf } from './applications-routes.js'

/** Steps for POST …/generate-keys, GET …/oauth-keys, GET and PUT …/oauth-keys/{keyMappingId}, and POST of its two verbs. */
export interface ApplicationKeysRoutes {
  readonly generate: RequestHandler
  readonly list: RequestHandler
  readonly read: RequestHandler
  readonly replace: RequestHandler
  readonly regenerateSecret: RequestHandler
  readonly generateToken: RequestHandler
}

const KEY_MANAGER = 'Resident Key Manager'

/** The names of WSO2's `additionalProperties`. */
const LIFETIMES = {
  applicationAccessToken: 'application_access_token_expiry_time',
  userAccessToken: 'user_access_token_expiry_time',
  refreshToken: 'refresh_token_expiry_time',
} as const satisfies Record<keyof ClientLifetimes, string>

/** Instead of a number: that of the server. */
const NOT_GIVEN = 'N/A'

export function applicationKeysRoutes(keys: ApplicationKeys): ApplicationKeysRoutes {
  return {
    async generate(request, response) {
      const made = await keys.generate(claimsOf(response), applicationIdOf(request), readNewKey(jsonOf(response)), request.ip ?? '')
      const secret = made.secret === undefined ? {} : { consumerSecret: made.secret }
      sendJson(response, { ...describeKey(made), ...secret, ...(made.token && { token: describeToken(made.token) }) })
    },
    async list(request, response) {
      const list = (await keys.list(claimsOf(response), applicationIdOf(request))).map(describeKey)
      sendJson(response, { count: list.length, list })
    },
    async read(request, response) {
      sendJson(response, describeKey(await keys.get(...keyOf(request, response))))
    },
    async replace(request, response) {
      sendJson(response, describeKey(await keys.update(...keyOf(request, response), readKey(jsonOf(response), 'supportedGrantTypes'))))
    },
    async regenerateSecret(request, response) {
      const { client, secret } = await keys.regenerateSecret(...keyOf(request, response))
      sendJson(response, { consumerKey: client.id, consumerSecret: secret })
    },
    async generateToken(request, response) {
      const body = jsonOf(response)
      const [secret, revoke] = [body.text('consumerSecret'), body.text('revokeToken') || undefined]
      const wish = { scope: body.texts('scopes')?.join(' '), secret, revoke, address: request.ip ?? '' }
      sendJson(response, describeToken(await keys.generateToken(...keyOf(request, response), wish)))
    },
  }
}

function keyOf(request: Request, response: Response) {
  return [claimsOf(response), applicationIdOf(request), String(request.params.keyMappingId)] as const
}

function readNewKey(body: JsonFields): NewKey {
  const keyType = body.text('keyType')
  if (keyType !== 'PRODUCTION' && keyType !== 'SANDBOX') throw new OAuthError('invalid_request', 'keyType is PRODUCTION or SANDBOX')
  if ((body.text('keyManager') ?? KEY_MANAGER) !== KEY_MANAGER) throw new OAuthError('invalid_request', `the only key manager is ${KEY_MANAGER}`)
  const [scopes, properties] = [body.texts('scopes'), body.fields('additionalProperties')]
  const key = readKey(body, 'grantTypesToBeSupported')
  if (key.grantTypes === undefined) throw new OAuthError('invalid_request', 'grantTypesToBeSupported is missing')
  return { ...key, keyType, ...(scopes && { scopes: scopes.join(' ') }), isPublic: readSwitch(properties, 'bypassClientCredentials') }
}

function readKey(body: JsonFields, grantTypesField: string): WantedKey {
  const [grantTypes, callbackUrl] = [body.texts(grantTypesField), body.text('callbackUrl')]
  const lifetimes = readLifetimes(body.fields('additionalProperties'))
  return { ...(grantTypes && { grantTypes }), ...(callbackUrl !== undefined && { redirectUris: readCallbackUrls(callbackUrl) }), lifetimes }
}

/** One URI, or several with a comma between: what follows a comma and has no scheme belongs to the one before. */
function readCallbackUrls(value: string): readonly string[] {
  return value === '' ? [] : value.split(/,(?=[a-z][a-z0-9+.-]*:)/i)
}

/** WSO2's clients send them as text, too. */
function readLifetimes(properties: JsonFields | undefined): NonNullable<WantedKey['lifetimes']> {
  const lifetimes: { -readonly [Kind in keyof ClientLifetimes]: number } = {}
  for (const [kind, name] of Object.entries(LIFETIMES) as [keyof ClientLifetimes, string][]) {
    const value = properties?.textOrNumber(name)
    if (value === undefined || value === '') continue
    lifetimes[kind] = value === NOT_GIVEN ? 0 : /^\d{1,15}$/.test(String(value)) ? Number(value) : Number.NaN
  }
  return lifetimes
}

function readSwitch(properties: JsonFields | undefined, name: string): boolean {
  return properties?.textOrFlag(name)?.toString() === 'true'
}

function describeKey({ key, client }: KeyWithClient) {
  const { lifetimes = {} } = client
  const properties = Object.entries(LIFETIMES).map(([kind, name]) => [name, lifetimes[kind as keyof ClientLifetimes] ?? NOT_GIVEN])
  return {
    keyMappingId: key.keyMappingId,
    keyManager: KEY_MANAGER,
    consumerKey: client.id,
    supportedGrantTypes: client.grantTypes,
    callbackUrl: client.redirectUris.join(','),
    keyState: 'APPROVED',
    keyType: key.keyType,
    mode: 'CREATED',
    additionalProperties: { ...Object.fromEntries(properties), bypassClientCredentials: client.secretHash === undefined },
  }
}

function describeToken({ accessToken, scopes, expiresIn }: ApplicationToken) {
  return { accessToken, tokenScopes: scopes, validityTime: expiresIn }
}
