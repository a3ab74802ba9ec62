import type { AdoptedTokenStore } from '../../stores/adopted-token-store.js'

/** What is only in memory was never anybody else's. */
export const memoryAdoptedTokenStore: AdoptedTokenStore = {
  findByAccessToken: async () => undefined,
  findByTokenId: async () => undefined,
  findByRefreshToken: async () => undefined,
  claim: async () => undefined,
}
