import type { Lease, LeaseStore } from '../../stores/lease-store.js'
import type { DatabaseSession } from './database-session.js'
import { releaseLease, renewLease, takeLease } from './sql/leases.js'
import { integer, type SqlInteger } from './sql-integer.js'

export function createPrismaLeaseStore(session: DatabaseSession): LeaseStore {
  return {
    take: (name, holder, length) =>
      session.run(async (database): Promise<Lease | undefined> => {
        const taken = await database.change<{ FENCE: SqlInteger }>(takeLease(database.dialect, { name, holder }, length))
        return taken && { name, holder, fence: integer(taken.FENCE) }
      }),
    renew: (lease, length) => session.run(async ({ dialect, execute }) => (await execute(renewLease(dialect, lease, length))) > 0),
    release: (lease) =>
      session.run(async ({ execute }) => {
        await execute(releaseLease(lease))
      }),
  }
}
