import type { Seconds } from '../../../model/time.js'
import type { AdoptedToken, AdoptedTokenStore } from '../../../stores/adopted-token-store.js'
import type { DatabaseSession, Runner } from '../database-session.js'
import { claimWso2Token, findWso2Token, isVeryToken, toAdoptedToken, type Wso2TokenRecord, type Wso2TokenSearch } from '../sql/wso2-tokens.js'

/** @param withoutHash whether some tokens lie there without their hash. */
export function createPrismaAdoptedTokenStore(session: DatabaseSession, keepAfterExpiry: Seconds, withoutHash: () => boolean): AdoptedTokenStore {
  const find = (search: Omit<Wso2TokenSearch, 'withoutHash'>): Promise<AdoptedToken | undefined> =>
    session.run(async (database: Runner) => {
      const [record] = await database.rows<Wso2TokenRecord>(findWso2Token(database.dialect, { ...search, withoutHash: withoutHash() }))
      return record !== undefined && isVeryToken(record, search) ? toAdoptedToken(record) : undefined
    })
  return {
    findByAccessToken: (value) => find({ column: 'ACCESS_TOKEN', value, opaqueOnly: true }),
    findByTokenId: (id) => find({ column: 'ACCESS_TOKEN', value: id, opaqueOnly: false }),
    findByRefreshToken: (value) => find({ column: 'REFRESH_TOKEN', value, opaqueOnly: false }),
    claim: (id, grant) =>
      session.run(async (database) => {
        await database.execute(claimWso2Token(id, grant, keepAfterExpiry))
      }),
  }
}
