import type { RevocationLog } from '../../stores/revocation-log.js'
import { findBreak, isChainedBehind } from '../../verification/log-chain.js'
import { appendRevocations, type RevocationLimits } from './append-revocations.js'
import type { DatabaseSession } from './database-session.js'
import {
  type ChainedRecord,
  chainedAt,
  newestChained,
  type RevocationRecord,
  revocationsSince,
  toChainedEntry,
  toRevocationEntry,
} from './sql/revocations.js'

export function createPrismaRevocationLog(session: DatabaseSession, limits: RevocationLimits): RevocationLog {
  return {
    append: (batch) => session.transaction((transaction) => appendRevocations(transaction, batch, limits)),
    since: (seq, limit) =>
      session.run(async (database) => (await database.rows<RevocationRecord>(revocationsSince(seq, limit))).map(toRevocationEntry)),
    continues: (seq, link) =>
      session.run(async (database) => {
        const [next] = await database.rows<ChainedRecord>(chainedAt(seq + 1))
        return next === undefined || isChainedBehind(toChainedEntry(next), link)
      }),
    findBreak: (newest) =>
      session.run(async (database) => findBreak((await database.rows<ChainedRecord>(newestChained(newest))).map(toChainedEntry).reverse())),
  }
}
