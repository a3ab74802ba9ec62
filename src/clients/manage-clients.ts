import { randomBytes, randomInt } from 'node:crypto'
import { CommandRefused } from '../errors/operational-errors.js'
import type { AccountState, Client, SecretHash } from '../model/client.js'
import { type ClientId, clientId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock } from '../model/time.js'
import type { ClientChange, ClientStore } from '../stores/client-store.js'
import {
  type ClientMetadata,
  parseAudiences,
  parseClientName,
  parseClientScopes,
  parseGrantTypes,
  parseRedirectUris,
  parseTokenType,
} from './client-metadata.js'

export interface NewClient extends ClientMetadata {
  readonly name: string
  readonly tokenType?: string
  readonly isPublic?: boolean
}

/** A client with the secret that is known this once; undefined for a public client. */
export interface ClientWithSecret {
  readonly client: Client
  readonly secret: string | undefined
}

export interface ClientRegistryNeeds {
  readonly clients: ClientStore
  readonly hashSecret: (secret: string) => SecretHash
  readonly clock: Clock
  /** Called after each change with the entry it caused, before the change is reported as done. */
  readonly afterChange: (entry: RevocationEntry | undefined) => Promise<void>
}

/** The clients as their operator sees them. Every verb but create and list throws CommandRefused `not_found`. */
export interface ClientRegistry {
  /** @throws CommandRefused `invalid_…`, `not_available` */
  create(client: NewClient): Promise<ClientWithSecret>
  list(): Promise<readonly Client[]>
  get(id: string): Promise<Client>
  /** A change that takes something away cuts off what was granted before. @throws CommandRefused `invalid_…`, `not_available` */
  update(id: string, change: ClientMetadata): Promise<Client>
  /** @throws CommandRefused `public_client` */
  regenerateSecret(id: string): Promise<ClientWithSecret>
  disable(id: string): Promise<Client>
  enable(id: string): Promise<Client>
  remove(id: string): Promise<void>
}

const PAGE = 500
const ID_LENGTH = 28
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SECRET_BYTES = 32

export function createClientRegistry(needs: ClientRegistryNeeds): ClientRegistry {
  const { clients, hashSecret, clock, afterChange } = needs
  const { get, change, setState } = createAccess(needs)
  return {
    async create(wanted) {
      const secret = wanted.isPublic ? undefined : newSecret()
      const secretHash = secret === undefined ? undefined : hashSecret(secret)
      const client: Client = { ...parseNewClient(wanted), id: newClientId(), state: 'active', secretHash, createdAt: clock.now() }
      await clients.create(client)
      await afterChange(undefined)
      return { client, secret }
    },
    list: () => listAll(clients),
    get,
    async update(id, metadata) {
      const client = await get(id)
      return change(client, parseChange(metadata, client))
    },
    async regenerateSecret(id) {
      const client = await get(id)
      if (client.secretHash === undefined) throw new CommandRefused('public_client', 'a public client has no secret (RFC 6749 §2.1)')
      const secret = newSecret()
      return { client: await change(client, { secretHash: hashSecret(secret) }), secret }
    },
    disable: (id) => setState(id, 'disabled'),
    enable: (id) => setState(id, 'active'),
    async remove(id) {
      const entry = await clients.remove((await get(id)).id)
      if (entry === undefined) throw notFound()
      await afterChange(entry)
    },
  }
}

function createAccess({ clients, afterChange }: ClientRegistryNeeds) {
  async function get(id: string): Promise<Client> {
    const parsed = parseId(id)
    const client = parsed && (await clients.find(parsed))
    if (!client) throw notFound()
    return client
  }

  async function change(client: Client, change: ClientChange): Promise<Client> {
    const changed = await clients.update(client.id, change)
    if (changed === undefined) throw notFound()
    await afterChange(changed.entry)
    return changed.record
  }

  const setState = async (id: string, state: AccountState): Promise<Client> => change(await get(id), { state })

  return { get, change, setState }
}

async function listAll(clients: ClientStore): Promise<readonly Client[]> {
  const all: Client[] = []
  for (let after = ''; ; after = all.at(-1)?.id ?? '') {
    const page = await clients.list(after, PAGE)
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url')

const notFound = (): CommandRefused => new CommandRefused('not_found', 'there is no such application')

function parseId(id: string): ClientId | undefined {
  try {
    return clientId(id)
  } catch {
    return undefined
  }
}

function newClientId(): ClientId {
  return clientId(Array.from({ length: ID_LENGTH }, () => BASE62[randomInt(BASE62.length)]).join(''))
}

function parseNewClient(wanted: NewClient): Omit<Client, 'id' | 'state' | 'secretHash' | 'createdAt'> {
  const isPublic = wanted.isPublic ?? false
  return {
    name: parseClientName(wanted.name),
    tokenType: parseTokenType(wanted.tokenType ?? 'JWT'),
    grantTypes: parseGrantTypes(wanted.grantTypes ?? (isPublic ? ['refresh_token'] : ['client_credentials', 'refresh_token']), { isPublic }),
    scopes: parseClientScopes(wanted.scopes ?? ''),
    audiences: parseAudiences(wanted.audiences ?? []),
    redirectUris: parseRedirectUris(wanted.redirectUris ?? []),
  }
}

function parseChange({ name, grantTypes, scopes, audiences, redirectUris }: ClientMetadata, client: Client): ClientChange {
  const isPublic = client.secretHash === undefined
  return {
    ...(name !== undefined && { name: parseClientName(name) }),
    ...(grantTypes && { grantTypes: parseGrantTypes(grantTypes, { isPublic }) }),
    ...(scopes !== undefined && { scopes: parseClientScopes(scopes) }),
    ...(audiences && { audiences: parseAudiences(audiences) }),
    ...(redirectUris && { redirectUris: parseRedirectUris(redirectUris) }),
  }
}
