import { judgeRefresh } from '../../model/grant.js'
import type { GrantStore } from '../../stores/grant-store.js'
import type { DatabaseSession } from './database-session.js'
import { readGrant, settleGrantStep } from './take-grant-step.js'
import { takeGrantSteps } from './take-grant-steps.js'

export function createPrismaGrantStore(session: DatabaseSession): GrantStore {
  return {
    advance: (step) => session.run((database) => settleGrantStep(database, step)),
    advanceMany: (steps) => session.run((database) => takeGrantSteps(database, steps)),
    find: (grantId) => session.run(async (database) => (await readGrant(database, grantId)).row),
    judge: (grantId, generation, settings) =>
      session.run(async (database) => {
        const { row, moment } = await readGrant(database, grantId)
        return judgeRefresh(row, generation, moment, settings)
      }),
  }
}
