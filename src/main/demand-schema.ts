import { CommandRefused } from '../errors/operational-errors.js'
import type { Stores } from '../stores/stores.js'

/** @throws CommandRefused `schema_not_current` when migrations are pending; what the migrations themselves find wrong. @throws StoreUnavailable */
export async function demandSchema({ status }: Pick<Stores, 'status'>): Promise<void> {
  const { pending } = await status.migrations()
  if (pending.length === 0) return
  throw new CommandRefused('schema_not_current', `the schema of the database is not up to date (${pending.join(', ')} pending): run "jeton migrate"`)
}
