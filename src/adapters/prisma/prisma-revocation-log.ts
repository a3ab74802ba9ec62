import type { RevocationLog } from '../../stores/revocation-log.js'
import { appendRevocations, type RevocationLimits } from './append-revocations.js'
import type { DatabaseSession } from './database-session.js'
import { type RevocationRecord, revocationsSince, toRevocationEntry } from './sql/revocations.js'

export function createPrismaRevocationLog(session: DatabaseSession, limits: RevocationLimits): RevocationLog {
  return {
    append: (batch) => session.transaction((transaction) => appendRevocations(transaction, batch, limits)),
    since: (seq, limit) =>
      session.run(async (database) => (await database.rows<RevocationRecord>(revocationsSince(seq, limit))).map(toRevocationEntry)),
  }
}
