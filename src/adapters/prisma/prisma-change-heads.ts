import { seconds } from '../../model/time.js'
import type { ChangeHeads, Heads } from '../../stores/change-heads.js'
import type { DatabaseSession } from './database-session.js'
import { firstRow } from './first-row.js'
import { raiseLifetimes, readHead, recordOutage, startEpoch } from './sql/head.js'
import { integer, type SqlInteger } from './sql-integer.js'

type HeadColumn = 'EPOCH' | 'SEQ' | 'TRIMMED_TO' | 'CLIENTS' | 'USERS' | 'KEY_CHANGES' | 'LONGEST_ACCESS' | 'LONGEST_REFRESH' | 'NOW_MS'

export function createPrismaChangeHeads(session: DatabaseSession): ChangeHeads {
  return {
    read: () => session.run(async (database) => toHeads(firstRow(await database.rows<Record<HeadColumn, SqlInteger>>(readHead(database.dialect))))),
    raiseLifetimes: (access, refresh) =>
      session.run(async (database) => {
        await database.execute(raiseLifetimes(database.dialect, BigInt(access), BigInt(refresh)))
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

function toHeads(head: Record<HeadColumn, SqlInteger>): Heads {
  return {
    epoch: integer(head.EPOCH),
    seq: integer(head.SEQ),
    trimmedTo: integer(head.TRIMMED_TO),
    clients: integer(head.CLIENTS),
    users: integer(head.USERS),
    keys: integer(head.KEY_CHANGES),
    longestAccessLifetime: seconds(integer(head.LONGEST_ACCESS)),
    longestRefreshLifetime: seconds(integer(head.LONGEST_REFRESH)),
    databaseTimeMs: integer(head.NOW_MS),
  }
}
