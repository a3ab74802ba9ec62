import { randomBytes, randomInt } from 'node:crypto'
import type { Client, SecretHash } from '../model/client.js'
import { type ClientId, clientId, type Subject } from '../model/ids.js'
import type { Clock } from '../model/time.js'
import {
  type ClientMetadata,
  parseAudiences,
  parseClientName,
  parseClientScopes,
  parseGrantTypes,
  parseLifetimes,
  parseRedirectUris,
  parseTokenType,
} from './client-metadata.js'

export interface NewClient extends ClientMetadata {
  readonly name: string
  readonly tokenType?: string
  readonly isPublic?: boolean
  /** undefined: an operator. */
  readonly owner?: Subject
}

/** A client with the secret that is known this once; undefined for a public client. */
export interface ClientWithSecret {
  readonly client: Client
  readonly secret: string | undefined
}

const ID_LENGTH = 28
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SECRET_BYTES = 32

export interface ClientMakerNeeds {
  readonly hashSecret: (secret: string) => SecretHash
  readonly clock: Clock
}

/** A client that nobody knows yet, with an id and a secret of its own. @throws CommandRefused `invalid_…`, `not_available` */
export type MakeClient = (wanted: NewClient) => ClientWithSecret

export function createClientMaker({ hashSecret, clock }: ClientMakerNeeds): MakeClient {
  return (wanted) => {
    const secret = wanted.isPublic ? undefined : newSecret()
    const secretHash = secret === undefined ? undefined : hashSecret(secret)
    return { client: { ...parseNewClient(wanted), id: newClientId(), state: 'active', secretHash, createdAt: clock.now() }, secret }
  }
}

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url')

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
    ...(wanted.owner !== undefined && { owner: wanted.owner }),
    ...(wanted.lifetimes && { lifetimes: parseLifetimes(wanted.lifetimes) }),
  }
}
