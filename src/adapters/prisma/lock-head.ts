import type { Runner } from './database-session.js'

/** First in every transaction that reads before it changes, or ends with the log: so all of them take their locks in one order. */
export async function lockHead(transaction: Runner): Promise<void> {
  if (transaction.dialect.lockHead !== undefined) await transaction.rows(transaction.dialect.lockHead)
}
