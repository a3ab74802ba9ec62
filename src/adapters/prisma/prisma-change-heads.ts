import { seconds } from '../../model/time.js'
import type { ChangeHeads, Heads } from '../../stores/change-heads.js'
import type { DatabaseSession } from './database-session.js'
import { raiseLifetimes, readHead, startEpoch } from './sql/head.js'
import { integer, type SqlInteger } from './sql-integer.js'

type HeadColumn = 'EPOCH' | 'SEQ' | 'TRIMMED_TO' | 'CLIENTS' | 'USERS' | 'KEYS' | 'LONGEST_ACCESS' | 'LONGEST_REFRESH' | 'NOW_MS'

export function createPrismaChangeHeads(session: DatabaseSession): ChangeHeads {
  return {
    read: () =>
      session.run(async (database) => {
        const [head] = await database.$queryRaw<[Record<HeadColumn, SqlInteger>]>(readHead())
        return toHeads(head)
      }),
    raiseLifetimes: (access, refresh) =>
      session.run(async (database) => {
        await database.$executeRaw(raiseLifetimes(access, refresh))
      }),
    startEpoch: (from, seq) =>
      session.run(async (database) => {
        await database.$executeRaw(startEpoch(from, seq))
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
    keys: integer(head.KEYS),
    longestAccessLifetime: seconds(integer(head.LONGEST_ACCESS)),
    longestRefreshLifetime: seconds(integer(head.LONGEST_REFRESH)),
    databaseTimeMs: integer(head.NOW_MS),
  }
}
