import { randomUUID } from 'node:crypto'
import { CommandRefused, Overloaded, StoreUnavailable } from '../errors/operational-errors.js'
import type { Application, ApplicationKey, KeyType } from '../model/application.js'
import type { Caller } from '../model/caller.js'
import type { Client, ClientLifetimes, TokenType } from '../model/client.js'
import type { ClientId, Subject } from '../model/ids.js'
import type { Scopes } from '../model/scope.js'
import type { Seconds } from '../model/time.js'
import type { ApplicationStore } from '../stores/application-store.js'
import { type ApplicationRegistry, noSuchApplication } from './manage-applications.js'

/** What of a client its application's owner may say, not yet examined. */
export interface WantedKey {
  readonly grantTypes?: readonly string[]
  readonly redirectUris?: readonly string[]
  readonly lifetimes?: Readonly<Partial<Record<keyof ClientLifetimes, number>>>
}

export interface NewKey extends WantedKey {
  readonly keyType: KeyType
  readonly scopes?: string
  readonly isPublic?: boolean
}

/** A key with its client. */
export interface KeyWithClient {
  readonly key: ApplicationKey
  readonly client: Client
}

/** A token that an application's owner has asked for in the application's name. */
export interface ApplicationToken {
  readonly accessToken: string
  readonly expiresIn: Seconds
  readonly scopes: Scopes
}

export interface GeneratedKey extends KeyWithClient {
  /** Known this once; undefined for a public client. */
  readonly secret: string | undefined
  readonly token: ApplicationToken | undefined
}

export interface TokenWish {
  /** A `scope` value; undefined: all that the client may have, but Jeton's own. */
  readonly scope: string | undefined
  /** Where it is told it has to be right. */
  readonly secret: string | undefined
  /** A token of the client's that is revoked first. */
  readonly revoke: string | undefined
  /** The address the request came from. */
  readonly address: string
}

export interface ApplicationKeysNeeds {
  readonly registry: Pick<ApplicationRegistry, 'get'>
  readonly applications: Pick<ApplicationStore, 'addKey'>
  /** A client that nobody knows yet. @throws CommandRefused `invalid_…` for what the caller may not have. */
  readonly makeClient: (
    caller: Caller,
    wanted: WantedKey & { name: string; owner: Subject | undefined; tokenType: TokenType; scopes?: string; isPublic: boolean },
  ) => { readonly client: Client; readonly secret: string | undefined }
  /** @throws StoreUnavailable */
  readonly findClient: (id: ClientId) => Promise<Client | undefined>
  /** @throws CommandRefused `invalid_…`, `not_found` @throws StoreUnavailable */
  readonly updateClient: (caller: Caller, id: string, change: WantedKey) => Promise<Client>
  /** @throws CommandRefused `public_client`, `not_found` @throws StoreUnavailable */
  readonly regenerateSecret: (id: string) => Promise<{ readonly secret: string | undefined }>
  readonly matchesSecret: (client: Client, secret: string) => boolean
  /** By client credentials. @throws OAuthError @throws StoreUnavailable */
  readonly issueToken: (client: Client, wish: Pick<TokenWish, 'scope' | 'address'>) => Promise<ApplicationToken>
  /** A token of this client's, by its value. @throws OAuthError `unauthorized_client` @throws StoreUnavailable @throws Overloaded */
  readonly revokeToken: (value: string, client: Client) => Promise<unknown>
  /** Called after each change, before it is reported as done. */
  readonly afterChange: () => Promise<void>
}

/** The keys of the applications of whoever asks; all verbs @throws CommandRefused `not_found` as ApplicationRegistry does. */
export interface ApplicationKeys {
  /** @throws CommandRefused `invalid_…`, `already_exists` */
  generate(caller: Caller, id: string, wanted: NewKey, address: string): Promise<GeneratedKey>
  list(caller: Caller, id: string): Promise<readonly KeyWithClient[]>
  get(caller: Caller, id: string, keyMappingId: string): Promise<KeyWithClient>
  /** @throws CommandRefused `invalid_…` */
  update(caller: Caller, id: string, keyMappingId: string, wanted: WantedKey): Promise<KeyWithClient>
  /** @throws CommandRefused `public_client` */
  regenerateSecret(caller: Caller, id: string, keyMappingId: string): Promise<KeyWithClient & { readonly secret: string | undefined }>
  /** @throws CommandRefused `invalid_secret` @throws OAuthError for what the client may not have. */
  generateToken(caller: Caller, id: string, keyMappingId: string, wish: TokenWish): Promise<ApplicationToken>
}

const LONGEST_NAME = 255

export function createApplicationKeys(needs: ApplicationKeysNeeds): ApplicationKeys {
  const { registry, findClient } = needs

  async function get(caller: Caller, id: string, keyMappingId: string): Promise<KeyWithClient> {
    const { keys } = await registry.get(caller, id)
    const key = keys.find((one) => one.keyMappingId === keyMappingId)
    const client = key && (await findClient(key.clientId))
    if (key === undefined || client === undefined) throw new CommandRefused('not_found', 'there is no such key')
    return { key, client }
  }

  return {
    generate: (caller, id, wanted, address) => generate(needs, caller, { id, wanted, address }),
    async list(caller, id) {
      const { keys } = await registry.get(caller, id)
      const found = await Promise.all(keys.map(async (key) => ({ key, client: await findClient(key.clientId) })))
      // A database that was taken over may name clients of another key manager.
      return found.flatMap(({ key, client }) => (client === undefined ? [] : [{ key, client }]))
    },
    get,
    async update(caller, id, keyMappingId, wanted) {
      const { key } = await get(caller, id, keyMappingId)
      return { key, client: await needs.updateClient(caller, key.clientId, wanted) }
    },
    async regenerateSecret(caller, id, keyMappingId) {
      const found = await get(caller, id, keyMappingId)
      return { ...found, ...(await needs.regenerateSecret(found.client.id)) }
    },
    async generateToken(caller, id, keyMappingId, wish) {
      const { client } = await get(caller, id, keyMappingId)
      if (wish.secret !== undefined && !needs.matchesSecret(client, wish.secret))
        throw new CommandRefused('invalid_secret', 'the consumerSecret is wrong')
      if (wish.revoke !== undefined) await needs.revokeToken(wish.revoke, client)
      return needs.issueToken(client, wish)
    },
  }
}

interface Generation {
  readonly id: string
  readonly wanted: NewKey
  readonly address: string
}

async function generate(needs: ApplicationKeysNeeds, caller: Caller, { id, wanted, address }: Generation): Promise<GeneratedKey> {
  const application = await needs.registry.get(caller, id)
  const { keyType, isPublic = false, ...metadata } = wanted
  const { owner, tokenType } = application
  const made = needs.makeClient(caller, { ...metadata, name: nameOfClient(application, keyType), owner, tokenType, isPublic })
  const key: ApplicationKey = { keyMappingId: randomUUID(), keyType, clientId: made.client.id }
  const client = await needs.applications.addKey(application.id, key, made.client)
  if (client === undefined) throw noSuchApplication()
  await needs.afterChange()
  return { key, client, secret: made.secret, token: await firstToken(needs, client, address) }
}

/** The key is there already, and its secret is told this once: that no token could be made must not be the answer. */
async function firstToken({ issueToken }: ApplicationKeysNeeds, client: Client, address: string): Promise<ApplicationToken | undefined> {
  if (!client.grantTypes.includes('client_credentials')) return undefined
  try {
    return await issueToken(client, { scope: undefined, address })
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof Overloaded) return undefined
    throw error
  }
}

/** As WSO2 names them. */
function nameOfClient({ ownerName, name }: Application, keyType: KeyType): string {
  return `${ownerName}_${name}_${keyType}`.slice(0, LONGEST_NAME)
}
