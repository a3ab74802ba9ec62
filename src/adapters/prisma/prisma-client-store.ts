import { CommandRefused } from '../../errors/operational-errors.js'
import { type Client, isClientCutOff, type SecretHash, type TokenType } from '../../model/client.js'
import { clientId } from '../../model/ids.js'
import { epochSeconds } from '../../model/time.js'
import type { ClientStore } from '../../stores/client-store.js'
import { appendRevocation, type RevocationLimits } from './append-revocations.js'
import { isUniqueViolation } from './database-errors.js'
import type { DatabaseSession } from './database-session.js'
import type { Prisma } from './generated/sqlite/client.js'
import { lockHead } from './lock-head.js'
import { formatRedirectUris, parseRedirectUris } from './redirect-uris-column.js'
import { countChange } from './sql/head.js'

type ClientRow = Prisma.ClientGetPayload<object>

/** What WSO2's columns hold for a client that Jeton has made. A lifetime of 0 is the server's setting. */
const WSO2_COLUMNS = {
  owner: 'admin',
  tenantId: -1234,
  userDomain: 'PRIMARY',
  oauthVersion: 'OAuth-2.0',
  userAccessLifetime: 0n,
  appAccessLifetime: 0n,
  refreshLifetime: 0n,
  idTokenLifetime: 0n,
}

export function createPrismaClientStore(session: DatabaseSession, limits: RevocationLimits): ClientStore {
  return {
    find: (id) =>
      session.run(async (database) => {
        const client = toClient(await database.models.client.findUnique({ where: { clientId: id } }))
        // A table that was WSO2's compares as it was made to: on MySQL usually in any case of letters.
        return client?.id === id ? client : undefined
      }),
    list: (after, limit) =>
      session.run(async (database) => {
        const rows = await database.models.client.findMany({ where: { clientId: { gt: after } }, orderBy: { clientId: 'asc' }, take: limit })
        return rows.map(toClient).filter((client) => client !== undefined)
      }),
    isEmpty: () => session.run(async (database) => (await database.models.client.findFirst({ select: { id: true } })) === null),
    create: (client) =>
      session.transaction(async (transaction) => {
        await transaction.models.client.create({ data: { ...toRow(client), clientId: client.id, ...WSO2_COLUMNS } }).catch((error) => {
          if (isUniqueViolation(error)) throw new CommandRefused('already_exists', `there is a client ${client.id} already`)
          throw error
        })
        await transaction.execute(countChange('clients'))
      }),
    update: (id, change) =>
      session.transaction(async (transaction) => {
        await lockHead(transaction)
        const before = toClient(await transaction.models.client.findUnique({ where: { clientId: id } }))
        if (before === undefined) return undefined
        const record = { ...before, ...change }
        await transaction.models.client.update({ where: { clientId: id }, data: toRow(record) })
        await transaction.execute(countChange('clients'))
        // Whether the entry is an open one is found from the state that has just been written.
        return {
          record,
          entry: isClientCutOff(before, record) ? await appendRevocation(transaction, { kind: 'client', id, open: false }, limits) : undefined,
        }
      }),
    remove: (id) =>
      session.transaction(async (transaction) => {
        await lockHead(transaction)
        const { count } = await transaction.models.client.deleteMany({ where: { clientId: id } })
        if (count === 0) return undefined
        await transaction.execute(countChange('clients'))
        return appendRevocation(transaction, { kind: 'client', id, open: true }, limits)
      }),
  }
}

function toRow(client: Client) {
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

function toClient(row: ClientRow | null): Client | undefined {
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
  }
}

function words(column: string | null): readonly string[] {
  return (column ?? '').split(' ').filter((word) => word !== '')
}
