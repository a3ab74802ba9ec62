import { describeOn, findEngine } from '../adapters/prisma/engines.js'
import { describeSqlPurging } from './sql-purging.contract.js'
import { describeSqlRequests } from './sql-requests.contract.js'
import { describeSqlRuns } from './sql-runs.contract.js'
import { describeSqlSessions } from './sql-sessions.contract.js'

for (const found of await Promise.all([findEngine('postgres'), findEngine('mysql')])) {
  describeOn(found, () => {
    describeSqlPurging(found)
    describeSqlPurging(found, 'partitioned')
    describeSqlSessions(found)
    describeSqlRequests(found)
    describeSqlRuns(found)
  })
}
