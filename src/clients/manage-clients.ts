import { CommandRefused } from '../errors/operational-errors.js'
import type { AccountState, Client, SecretHash } from '../model/client.js'
import { clientId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock } from '../model/time.js'
import type { ClientChange, ClientStore } from '../stores/client-store.js'
import {
  type ClientMetadata,
  parseAudiences,
  parseClientName,
  parseClientScopes,
  parseGrantTypes,
  parseLifetimes,
  parseRedirectUris,
} from './client-metadata.js'
import { type ClientWithSecret, createClientMaker, type NewClient, newSecret } from './make-client.js'

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
/** RFC 6749 Appendix A.1. Whatever else is sent in its place is asked of no database. */
const CLIENT_ID = /^[\x20-\x7E]{1,255}$/

export function createClientRegistry(needs: ClientRegistryNeeds): ClientRegistry {
  const { clients, hashSecret, afterChange } = needs
  const make = createClientMaker(needs)
  const { get, change, setState } = createAccess(needs)
  return {
    async create(wanted) {
      const made = make(wanted)
      await clients.create(made.client)
      await afterChange(undefined)
      return made
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
      if (entry === undefined) throw noSuchClient()
      await afterChange(entry)
    },
  }
}

function createAccess({ clients, afterChange }: ClientRegistryNeeds) {
  async function get(id: string): Promise<Client> {
    const client = CLIENT_ID.test(id) ? await clients.find(clientId(id)) : undefined
    if (client === undefined) throw noSuchClient()
    return client
  }

  async function change(client: Client, change: ClientChange): Promise<Client> {
    const changed = await clients.update(client.id, change)
    if (changed === undefined) throw noSuchClient()
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

export const noSuchClient = (): CommandRefused => new CommandRefused('not_found', 'there is no such application')

function parseChange({ name, grantTypes, scopes, audiences, redirectUris, lifetimes }: ClientMetadata, client: Client): ClientChange {
  const isPublic = client.secretHash === undefined
  return {
    ...(name !== undefined && { name: parseClientName(name) }),
    ...(grantTypes && { grantTypes: parseGrantTypes(grantTypes, { isPublic }) }),
    ...(scopes !== undefined && { scopes: parseClientScopes(scopes) }),
    ...(audiences && { audiences: parseAudiences(audiences) }),
    ...(redirectUris && { redirectUris: parseRedirectUris(redirectUris) }),
    ...(lifetimes && { lifetimes: parseLifetimes(lifetimes, client.lifetimes) }),
  }
}
