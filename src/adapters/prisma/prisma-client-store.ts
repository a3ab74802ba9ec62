import { isClientCutOff } from '../../model/client.js'
import type { ClientStore } from '../../stores/client-store.js'
import { appendRevocation, type RevocationLimits } from './append-revocations.js'
import { changesOf, toClient } from './client-row.js'
import type { DatabaseSession } from './database-session.js'
import { insertClient, raiseLifetimesOf } from './insert-client.js'
import { lockRegister } from './lock-register.js'
import { moveClients } from './move-clients.js'
import { countChange } from './sql/head.js'

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
    create: (client) => session.modelTransaction((transaction) => insertClient(transaction, client)),
    update: (id, change) =>
      session.modelTransaction(async (transaction) => {
        await lockRegister(transaction)
        const before = toClient(await transaction.models.client.findUnique({ where: { clientId: id } }))
        if (before === undefined) return undefined
        const record = { ...before, ...change }
        await transaction.models.client.update({ where: { clientId: id }, data: changesOf(record, change) })
        await raiseLifetimesOf(transaction, change)
        await transaction.execute(countChange('clients'))
        // Whether the entry is an open one is found from the state that has just been written.
        return {
          record,
          entry: isClientCutOff(before, record) ? await appendRevocation(transaction, { kind: 'client', id, open: false }, limits) : undefined,
        }
      }),
    moveTo: (tokenType, ids) =>
      session.modelTransaction(async (transaction) => {
        await lockRegister(transaction)
        return moveClients(transaction, tokenType, ids)
      }),
    remove: (id) =>
      session.modelTransaction(async (transaction) => {
        await lockRegister(transaction)
        await transaction.models.applicationKey.deleteMany({ where: { clientId: id } })
        const { count } = await transaction.models.client.deleteMany({ where: { clientId: id } })
        if (count === 0) return undefined
        await transaction.execute(countChange('clients'))
        return appendRevocation(transaction, { kind: 'client', id, open: true }, limits)
      }),
  }
}
