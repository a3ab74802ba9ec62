import { CommandRefused } from '../errors/operational-errors.js'
import { type Caller, isOwnedBy } from '../model/caller.js'
import type { Client } from '../model/client.js'
import type { ClientMetadata } from './client-metadata.js'
import type { ClientWithSecret } from './make-client.js'
import { type ClientRegistry, noSuchClient } from './manage-clients.js'
import type { AssertAllowed } from './self-service-rules.js'

/** What is asked for a client over HTTP, not yet examined. Absent: the default, or as it is. */
export interface WantedRegistration extends ClientMetadata {
  readonly tokenType?: string
  readonly isPublic?: boolean
  /** Of the client that is changed: they are not to be chosen. */
  readonly clientId?: string
  readonly clientSecret?: string
}

export interface RegistrationNeeds {
  readonly registry: Pick<ClientRegistry, 'create' | 'get' | 'update' | 'remove'>
  readonly assertAllowed: AssertAllowed
  /** Those that the server offers. */
  readonly grantTypes: readonly string[]
  readonly matchesSecret: (client: Client, secret: string) => boolean
}

/**
 * Dynamic client registration (RFC 7591) and its management (RFC 7592). Whoever has registered a client may see and change it; for
 * everybody else there is none: all but `register` @throws CommandRefused `not_found`.
 */
export interface ClientRegistration {
  /** @throws CommandRefused `invalid_…`, `not_available` */
  register(caller: Caller, wanted: WantedRegistration): Promise<ClientWithSecret>
  read(caller: Caller, id: string): Promise<Client>
  /** What is not named stays (RFC 7592 §2.2). @throws CommandRefused `invalid_…`, `not_available` */
  replace(caller: Caller, id: string, wanted: WantedRegistration): Promise<Client>
  remove(caller: Caller, id: string): Promise<void>
}

const DEFAULT_NAME = 'registered client'

export function createClientRegistration({ registry, assertAllowed, grantTypes, matchesSecret }: RegistrationNeeds): ClientRegistration {
  async function read(caller: Caller, id: string): Promise<Client> {
    const client = await registry.get(id)
    if (!isOwnedBy(caller, client.owner)) throw noSuchClient()
    return client
  }

  return {
    async register(caller, wanted) {
      assertAllowed(caller, wanted)
      const { clientId: _id, clientSecret: _secret, isPublic = false, ...metadata } = wanted
      const byDefault = (isPublic ? ['refresh_token'] : ['client_credentials', 'refresh_token']).filter((type) => grantTypes.includes(type))
      return registry.create({ name: DEFAULT_NAME, grantTypes: byDefault, ...metadata, isPublic, owner: caller.subject })
    },
    read,
    async replace(caller, id, wanted) {
      const client = await read(caller, id)
      assertUnchanged(client, wanted, matchesSecret)
      assertAllowed(caller, wanted, client)
      const { clientId: _id, clientSecret: _secret, tokenType: _kind, isPublic: _public, ...metadata } = wanted
      return registry.update(client.id, metadata)
    },
    async remove(caller, id) {
      await registry.remove((await read(caller, id)).id)
    },
  }
}

/** What a request may repeat and may not change: RFC 7592 §2.2; the kind of token and of client is an operator's to change. */
function assertUnchanged(client: Client, wanted: WantedRegistration, matchesSecret: RegistrationNeeds['matchesSecret']): void {
  const { clientId, clientSecret, tokenType = client.tokenType, isPublic } = wanted
  const repeatsIdentity = (clientId ?? client.id) === client.id && (clientSecret === undefined || matchesSecret(client, clientSecret))
  if (!repeatsIdentity) throw new CommandRefused('invalid_metadata', 'client_id and client_secret are those of the client (RFC 7592 §2.2)')
  if (tokenType !== client.tokenType || (isPublic ?? client.secretHash === undefined) !== (client.secretHash === undefined))
    throw new CommandRefused('invalid_metadata', 'neither the kind of token nor the authentication method of a client changes')
}
