import type { Runner } from './database-session.js'
import { lockRegisterRow } from './sql/leases.js'

/**
 * First in every transaction that changes clients or applications: they wait for each other, and hold up nobody else. The head of the log
 * would hold up whoever issues, who has locked the client (as what its token belongs to) before the head.
 */
export async function lockRegister({ dialect, execute }: Runner): Promise<void> {
  if (dialect.lockHead !== undefined) await execute(lockRegisterRow(dialect))
}
