import { type Client, type ClientLifetimes, LONGEST_LIFETIME, type SecretHash, type TokenType } from '../../model/client.js'
import { clientId, subject } from '../../model/ids.js'
import { epochSeconds, type Seconds, seconds } from '../../model/time.js'
import type { ClientChange } from '../../stores/client-store.js'
import type { Prisma } from './generated/sqlite/client.js'
import { formatRedirectUris, parseRedirectUris } from './redirect-uris-column.js'

type ClientRow = Prisma.ClientGetPayload<object>

/** What WSO2's columns hold for a client that Jeton has made. */
const WSO2_COLUMNS = { owner: 'admin', tenantId: -1234, userDomain: 'PRIMARY', oauthVersion: 'OAuth-2.0', idTokenLifetime: 0n }

/** The whole row of a new client. */
export function rowOf(client: Client) {
  return { ...wordsOf(client), ...WSO2_COLUMNS, ...lifetimeColumns(client.lifetimes ?? {}), clientId: client.id, registeredBy: client.owner ?? null }
}

/** The columns that a change may have changed; lifetimes only where it names them, so that WSO2's stay to the letter. */
export function changesOf(client: Client, { lifetimes }: ClientChange) {
  return { ...wordsOf(client), ...(lifetimes && lifetimeColumns(lifetimes)) }
}

/** The columns of Jeton's words that any change may have changed. */
function wordsOf(client: Client) {
  return {
    name: client.name,
    secretHash: client.secretHash ?? null,
    redirectUris: formatRedirectUris(client.redirectUris),
    grantTypes: client.grantTypes.join(' '),
    state: client.state === 'active' ? 'ACTIVE' : 'REVOKED',
    tokenType: client.tokenType,
    scopes: client.scopes.join(' '),
    audiences: JSON.stringify(client.audiences),
    createdAt: BigInt(client.createdAt),
  }
}

export function toClient(row: ClientRow | null): Client | undefined {
  if (row === null || row.clientId === null) return undefined
  return {
    id: clientId(row.clientId),
    name: row.name ?? row.clientId,
    tokenType: (row.tokenType ?? 'JWT') as TokenType,
    grantTypes: words(row.grantTypes),
    scopes: words(row.scopes),
    audiences: JSON.parse(row.audiences ?? '[]') as readonly string[],
    redirectUris: parseRedirectUris(row.redirectUris),
    state: row.state === 'ACTIVE' ? 'active' : 'disabled',
    secretHash: (row.secretHash ?? undefined) as SecretHash | undefined,
    createdAt: epochSeconds(Number(row.createdAt ?? 0n)),
    owner: row.registeredBy === null ? undefined : subject(row.registeredBy),
    ...lifetimesOf(row),
  }
}

function words(column: string | null): readonly string[] {
  return (column ?? '').split(' ').filter((word) => word !== '')
}

/** 0 is the server's setting. */
function lifetimeColumns({ applicationAccessToken = NONE, userAccessToken = NONE, refreshToken = NONE }: ClientLifetimes) {
  return { appAccessLifetime: BigInt(applicationAccessToken), userAccessLifetime: BigInt(userAccessToken), refreshLifetime: BigInt(refreshToken) }
}

const NONE = seconds(0)

function lifetimesOf({ appAccessLifetime, userAccessLifetime, refreshLifetime }: ClientRow): Pick<Client, 'lifetimes'> {
  const [applicationAccessToken, userAccessToken, refreshToken] = [appAccessLifetime, userAccessLifetime, refreshLifetime].map(lifetimeOf)
  const lifetimes = {
    ...(applicationAccessToken && { applicationAccessToken }),
    ...(userAccessToken && { userAccessToken }),
    ...(refreshToken && { refreshToken }),
  }
  return Object.keys(lifetimes).length === 0 ? {} : { lifetimes }
}

/** WSO2's numbers for "never" are cut to what a token may live. */
function lifetimeOf(column: bigint | null): Seconds | undefined {
  if (column === null || column <= 0n) return undefined
  return column > LONGEST_LIFETIME ? LONGEST_LIFETIME : seconds(Number(column))
}
