import type { PastPurge, PurgeRuns } from '../../stores/purge-runs.js'
import type { DatabaseSession } from './database-session.js'
import { readPlace } from './sql/purge-places.js'
import { listPurgeRuns, type PurgeRunRecord, recordPurgeRun, UNKNOWN } from './sql/purge-runs.js'
import { instant, integer } from './sql-integer.js'

export function createPrismaPurgeRuns(session: DatabaseSession): PurgeRuns {
  return {
    record: (report) => session.run(async ({ dialect, execute }) => void (await execute(recordPurgeRun(dialect, report)))),
    list: () => session.run(async ({ rows }) => (await rows<PurgeRunRecord>(listPurgeRuns())).map(toPastPurge)),
    place: (target) => session.run(async ({ rows }) => (await rows<{ readonly PLACE: string }>(readPlace(target)))[0]?.PLACE ?? null),
  }
}

function toPastPurge({ TARGET, ENDED_AT, DELETED, BATCHES, MILLISECONDS, REMAINING, BY_REASON }: PurgeRunRecord): PastPurge {
  return {
    target: TARGET,
    endedAt: instant(ENDED_AT),
    deleted: integer(DELETED),
    byReason: JSON.parse(BY_REASON),
    batches: integer(BATCHES),
    seconds: integer(MILLISECONDS) / 1000,
    remaining: integer(REMAINING) === UNKNOWN ? null : integer(REMAINING),
  }
}
