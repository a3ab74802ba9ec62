import type { TokenType } from '../../model/client.js'
import type { ClientId } from '../../model/ids.js'
import type { Runner } from './database-session.js'
import { inChunks } from './in-chunks.js'
import { type ClientOfApplication, clientsOfApplications, moveApplicationRows, moveClientRows } from './sql/applications.js'
import { countChange } from './sql/head.js'
import { integer } from './sql-integer.js'

/** In the transaction it is given: the clients, their applications, and the other clients of these. @returns how many clients had the other kind. */
export async function moveClients(transaction: Runner, tokenType: TokenType, ids: readonly ClientId[]): Promise<number> {
  let moved = 0
  for (const chunk of inChunks(ids)) {
    const related = await transaction.rows<ClientOfApplication>(clientsOfApplications(chunk))
    const applications = [...new Set(related.map(({ APPLICATION_ID }) => integer(APPLICATION_ID)))]
    const clients = [...new Set([...chunk, ...related.flatMap(({ CONSUMER_KEY }) => CONSUMER_KEY ?? [])])]
    if (applications.length > 0) await transaction.execute(moveApplicationRows(tokenType, applications))
    moved += await transaction.execute(moveClientRows(tokenType, clients))
  }
  if (moved > 0) await transaction.execute(countChange('clients'))
  return moved
}
