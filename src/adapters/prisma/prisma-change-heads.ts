import { LONGEST_LIFETIME } from '../../model/client.js'
import { longer, type Seconds, seconds } from '../../model/time.js'
import type { ChangeHeads, Heads } from '../../stores/change-heads.js'
import type { DatabaseSession } from './database-session.js'
import { firstRow } from './first-row.js'
import { longestOfClients, raiseLifetimes, readHead, recordOutage, startEpoch } from './sql/head.js'
import { integer, type SqlInteger } from './sql-integer.js'

type HeadColumn = 'EPOCH' | 'SEQ' | 'TRIMMED_TO' | 'CLIENTS' | 'USERS' | 'KEY_CHANGES' | 'LONGEST_ACCESS' | 'LONGEST_REFRESH' | 'NOW_MS'

interface HeadRecord extends Record<HeadColumn, SqlInteger> {
  readonly LINK: string | null
}

export function createPrismaChangeHeads(session: DatabaseSession): ChangeHeads {
  return {
    read: () => session.run(async (database) => toHeads(firstRow(await database.rows<HeadRecord>(readHead(database.dialect))))),
    raiseLifetimes: (access, refresh) =>
      session.run(async (database) => {
        const clients = firstRow(await database.rows<Record<'LONGEST_ACCESS' | 'LONGEST_REFRESH', SqlInteger>>(longestOfClients(database.dialect)))
        const [ofAccess, ofRefresh] = [lifetimeIn(clients.LONGEST_ACCESS), lifetimeIn(clients.LONGEST_REFRESH)]
        await database.execute(raiseLifetimes(database.dialect, BigInt(longer(access, ofAccess)), BigInt(longer(refresh, ofRefresh))))
      }),
    recordOutage: (began, grace) =>
      session.run(async (database) => {
        await database.execute(recordOutage(database.dialect, BigInt(began), BigInt(grace)))
      }),
    startEpoch: (from, seq) =>
      session.run(async (database) => {
        await database.execute(startEpoch(database.dialect, BigInt(from), BigInt(seq)))
      }),
  }
}

/** WSO2's numbers for "never" count as what a token may live. */
function lifetimeIn(column: SqlInteger): Seconds {
  return column > LONGEST_LIFETIME ? LONGEST_LIFETIME : seconds(integer(column))
}

function toHeads(head: HeadRecord): Heads {
  return {
    epoch: integer(head.EPOCH),
    seq: integer(head.SEQ),
    link: head.LINK ?? '',
    trimmedTo: integer(head.TRIMMED_TO),
    clients: integer(head.CLIENTS),
    users: integer(head.USERS),
    keys: integer(head.KEY_CHANGES),
    longestAccessLifetime: seconds(integer(head.LONGEST_ACCESS)),
    longestRefreshLifetime: seconds(integer(head.LONGEST_REFRESH)),
    databaseTimeMs: integer(head.NOW_MS),
  }
}
