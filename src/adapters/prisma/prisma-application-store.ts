import { CommandRefused } from '../../errors/operational-errors.js'
import type { ApplicationKey } from '../../model/application.js'
import type { Client } from '../../model/client.js'
import type { ApplicationId } from '../../model/ids.js'
import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { ApplicationQuery, ApplicationStore } from '../../stores/application-store.js'
import { appendRevocations, type RevocationLimits } from './append-revocations.js'
import { APPLICATION_COLUMNS, applicationChanges, NEW_KEY_COLUMNS, newApplicationRow, toApplication } from './application-row.js'
import { isUniqueViolation } from './database-errors.js'
import type { DatabaseSession, ModelRunner } from './database-session.js'
import { insertClient } from './insert-client.js'
import { lockRegister } from './lock-register.js'
import { moveClients } from './move-clients.js'
import { markApplicationUpdated } from './sql/applications.js'
import { countChange } from './sql/head.js'

export function createPrismaApplicationStore(session: DatabaseSession, limits: RevocationLimits): ApplicationStore {
  return {
    find: (id) => session.run(async (database) => toApplication(await rowOf(database, id))),
    list: (query) =>
      session.run(async ({ models }) => {
        const where = conditionOf(query)
        const { offset: skip, limit: take } = query
        const rows = await models.application.findMany({ where, select: APPLICATION_COLUMNS, orderBy: orderOf(query), skip, take })
        return {
          applications: rows.map(toApplication).filter((application) => application !== undefined),
          total: await models.application.count({ where }),
        }
      }),
    create: (application) =>
      session.run(async ({ models }) => {
        await models.application.create({ data: newApplicationRow(application), select: { row: true } }).catch(refuseTaken)
      }),
    update: (id, change) =>
      session.modelTransaction(async (transaction) => {
        await lockRegister(transaction)
        const before = await rowOf(transaction, id)
        if (before === null) return undefined
        const [where, data] = [{ row: before.row }, applicationChanges(change)]
        const row = await transaction.models.application.update({ where, data, select: APPLICATION_COLUMNS }).catch(refuseTaken)
        await transaction.execute(markApplicationUpdated(before.row))
        const application = toApplication(row)
        const ids = application?.keys.map(({ clientId }) => clientId) ?? []
        if (change.tokenType !== undefined) await moveClients(transaction, change.tokenType, ids)
        return application
      }),
    addKey: (id, key, client) => session.modelTransaction((transaction) => addKey(transaction, id, { key, client })),
    remove: (id) => session.modelTransaction((transaction) => remove(transaction, id, limits)),
  }
}

interface NewKey {
  readonly key: ApplicationKey
  readonly client: Client
}

async function addKey(transaction: ModelRunner, id: ApplicationId, { key, client }: NewKey): Promise<Client | undefined> {
  await lockRegister(transaction)
  const row = await rowOf(transaction, id)
  const application = toApplication(row)
  if (row === null || application === undefined) return undefined
  // Whichever key manager WSO2 has named for it.
  if (application.keys.some(({ keyType }) => keyType === key.keyType))
    throw new CommandRefused('already_exists', 'there is a key of this type already')
  await transaction.models.applicationKey.create({ data: { ...NEW_KEY_COLUMNS, ...key, application: row.row } })
  const created = { ...client, tokenType: application.tokenType }
  await insertClient(transaction, created)
  return created
}

async function remove(transaction: ModelRunner, id: ApplicationId, limits: RevocationLimits): Promise<readonly RevocationEntry[] | undefined> {
  await lockRegister(transaction)
  const row = await rowOf(transaction, id)
  const ids = toApplication(row)?.keys.map(({ clientId }) => clientId)
  if (row === null || ids === undefined) return undefined
  await transaction.models.applicationKey.deleteMany({ where: { application: row.row } })
  await transaction.models.application.delete({ where: { row: row.row }, select: { row: true } })
  await transaction.models.client.deleteMany({ where: { clientId: { in: ids } } })
  await transaction.execute(countChange('clients'))
  return appendRevocations(
    transaction,
    ids.map((clientId) => ({ kind: 'client', id: clientId, open: true })),
    limits,
  )
}

const rowOf = ({ models }: ModelRunner, applicationId: string) =>
  models.application.findUnique({ where: { applicationId }, select: APPLICATION_COLUMNS })

const conditionOf = ({ owner, name }: ApplicationQuery) => ({
  applicationId: { not: null },
  ...(owner !== undefined && { owner }),
  ...(name !== undefined && { name }),
})

/** By the id last, so that pages do not overlap. */
function orderOf({ sortBy, descending }: ApplicationQuery) {
  const direction = descending ? ('desc' as const) : ('asc' as const)
  const column = { name: { name: direction }, throttlingPolicy: { throttling: direction }, status: { status: direction } }[sortBy]
  return [column, { applicationId: direction }]
}

function refuseTaken(error: unknown): never {
  if (isUniqueViolation(error)) throw new CommandRefused('already_exists', 'there is an application of that name already')
  throw error
}
