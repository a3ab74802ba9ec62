import type { ClientMetadata } from '../../clients/client-metadata.js'
import type { ClientWithSecret } from '../../clients/make-client.js'
import type { Client } from '../../model/client.js'
import { type Arguments, answer, type Command, type CommandOption, type ExitCode, type Output, positional, UsageError } from './command.js'
import { formatFields, formatTable, formatTime } from './format-table.js'
import type { Operations } from './operations.js'

type AppsCommand = Command<Pick<Operations, 'clients'>>

const METADATA_OPTIONS = {
  name: { value: 'N', help: 'what people call it' },
  'grant-types': { value: 'a,b', help: 'of client_credentials, password, refresh_token' },
  scopes: { value: '"x y"', help: 'the scopes it may ask for, separated by spaces' },
  'redirect-uri': { value: 'U', help: 'absolute, without a fragment; may be repeated; an empty one: none' },
  audience: { value: 'U', help: 'what "aud" its tokens carry, and whose tokens it may introspect; may be repeated; an empty one: none' },
} satisfies Record<string, CommandOption>

export const appsCreate: AppsCommand = {
  summary: 'register an application; its secret is shown this once',
  positionals: [],
  options: {
    ...METADATA_OPTIONS,
    name: { ...METADATA_OPTIONS.name, isRequired: true },
    'grant-types': {
      value: 'a,b',
      help: `${METADATA_OPTIONS['grant-types'].help}; default client_credentials,refresh_token (public: refresh_token)`,
    },
    'token-type': { value: 'JWT|OAUTH', help: 'JWT: self-validating, not stored (default); OAUTH: opaque, stored' },
    public: { help: 'it cannot keep a secret and gets none (RFC 6749 §2.1)' },
  },
  async run({ clients }, given, output) {
    const tokenType = given.option('token-type')
    const client = {
      ...parseMetadata(given),
      ...(tokenType !== undefined && { tokenType }),
      name: given.option('name') ?? '',
      isPublic: given.has('public'),
    }
    return answerClient(output, given, await clients.create(client))
  },
}

export const appsList: AppsCommand = {
  summary: 'list the applications',
  positionals: [],
  options: {},
  async run({ clients }, given, output) {
    const all = await clients.list()
    const rows = all.map((client) => [client.id, client.name, client.tokenType, client.grantTypes.join(','), client.state])
    const text = formatTable(['client_id', 'name', 'token_type', 'grant_types', 'state'], rows, 'no applications')
    return answer(output, given, { json: { items: all.map((client) => describeClient(client)) }, text })
  },
}

export const appsShow: AppsCommand = {
  summary: 'show an application',
  positionals: ['CLIENT_ID'],
  options: {},
  run: async ({ clients }, given, output) => answerClient(output, given, { client: await clients.get(positional(given)), secret: undefined }),
}

export const appsUpdate: AppsCommand = {
  summary: 'change an application; a change that takes something away refuses what was granted before',
  positionals: ['CLIENT_ID'],
  options: METADATA_OPTIONS,
  async run({ clients }, given, output) {
    const change = parseMetadata(given)
    if (Object.keys(change).length === 0) throw new UsageError('nothing to change is named')
    return answerClient(output, given, { client: await clients.update(positional(given), change), secret: undefined })
  },
}

export const appsRegenerateSecret: AppsCommand = {
  summary: 'give an application a new secret, shown this once; the old one and what was granted with it are refused',
  positionals: ['CLIENT_ID'],
  options: {},
  run: async ({ clients }, given, output) => answerClient(output, given, await clients.regenerateSecret(positional(given))),
}

export const appsDisable: AppsCommand = {
  summary: 'refuse an application and everything it holds',
  positionals: ['CLIENT_ID'],
  options: {},
  run: async ({ clients }, given, output) => answerClient(output, given, { client: await clients.disable(positional(given)), secret: undefined }),
}

export const appsEnable: AppsCommand = {
  summary: 'let a disabled application in again; what it held before stays refused',
  positionals: ['CLIENT_ID'],
  options: {},
  run: async ({ clients }, given, output) => answerClient(output, given, { client: await clients.enable(positional(given)), secret: undefined }),
}

export const appsDelete: AppsCommand = {
  summary: 'delete an application; everything it holds is refused',
  positionals: ['CLIENT_ID'],
  options: {},
  async run({ clients }, given, output) {
    const id = positional(given)
    await clients.remove(id)
    return answer(output, given, { json: { client_id: id, state: 'deleted' }, text: `application ${id} is deleted` })
  },
}

function parseMetadata(given: Arguments): ClientMetadata {
  const [name, scopes] = [given.option('name'), given.option('scopes')]
  const [audiences, redirectUris] = [given.options('audience'), given.options('redirect-uri')]
  const grantTypes = given.option('grant-types')?.split(',')
  return {
    ...(name !== undefined && { name }),
    ...(grantTypes && { grantTypes: withoutEmpty(grantTypes.map((type) => type.trim())) }),
    ...(scopes !== undefined && { scopes }),
    ...(audiences && { audiences: withoutEmpty(audiences) }),
    ...(redirectUris && { redirectUris: withoutEmpty(redirectUris) }),
  }
}

const withoutEmpty = (values: readonly string[]): readonly string[] => values.filter((value) => value !== '')

function answerClient(output: Output, given: Arguments, { client, secret }: ClientWithSecret): ExitCode {
  const document = describeClient(client, secret)
  return answer(output, given, { json: document, text: formatFields({ ...document, created_at: formatTime(client.createdAt) }) })
}

function describeClient(client: Client, secret?: string) {
  return {
    client_id: client.id,
    ...(secret !== undefined && { client_secret: secret }),
    name: client.name,
    token_type: client.tokenType,
    grant_types: client.grantTypes,
    scopes: client.scopes,
    audiences: client.audiences,
    redirect_uris: client.redirectUris,
    state: client.state,
    created_at: client.createdAt,
  }
}
