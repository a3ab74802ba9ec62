import { judgeRefresh } from '../../model/grant.js'
import type { GrantStore } from '../../stores/grant-store.js'
import type { DatabaseSession } from './database-session.js'
import { readGrant, takeGrantStep } from './take-grant-step.js'

export function createPrismaGrantStore(session: DatabaseSession): GrantStore {
  return {
    advance: (step) => session.run((database) => takeGrantStep(database, step)),
    find: (grantId) => session.run(async (database) => (await readGrant(database, grantId)).row),
    judge: (grantId, generation, settings) =>
      session.run(async (database) => {
        const { row, moment } = await readGrant(database, grantId)
        return judgeRefresh(row, generation, moment, settings)
      }),
  }
}
