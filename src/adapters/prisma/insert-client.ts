import { CommandRefused } from '../../errors/operational-errors.js'
import type { Client } from '../../model/client.js'
import { longer, seconds } from '../../model/time.js'
import type { ClientChange } from '../../stores/client-store.js'
import { rowOf } from './client-row.js'
import { isUniqueViolation } from './database-errors.js'
import type { ModelRunner, Runner } from './database-session.js'
import { countChange, raiseLifetimes } from './sql/head.js'

/** Inserts the client in the transaction it is given. @throws CommandRefused `already_exists` */
export async function insertClient(transaction: ModelRunner, client: Client): Promise<void> {
  await transaction.models.client.create({ data: rowOf(client) }).catch((error) => {
    if (isUniqueViolation(error)) throw new CommandRefused('already_exists', `there is a client ${client.id} already`)
    throw error
  })
  await raiseLifetimesOf(transaction, client)
  await transaction.execute(countChange('clients'))
}

/** Records what a client or a change brings into force, in the same transaction. */
export async function raiseLifetimesOf({ execute, dialect }: Runner, { lifetimes }: Pick<ClientChange, 'lifetimes'>): Promise<void> {
  if (lifetimes === undefined) return
  const { applicationAccessToken = NONE, userAccessToken = NONE, refreshToken = NONE } = lifetimes
  await execute(raiseLifetimes(dialect, BigInt(longer(applicationAccessToken, userAccessToken)), BigInt(refreshToken)))
}

const NONE = seconds(0)
