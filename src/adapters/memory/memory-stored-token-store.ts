import { StoreUnavailable } from '../../errors/operational-errors.js'
import { judgeRefresh } from '../../model/grant.js'
import type { StoredToken, StoredTokenStore } from '../../stores/stored-token-store.js'
import { momentOf, takeGrantStep } from './memory-grant-store.js'
import { answer, type MemoryState } from './memory-state.js'

export function createMemoryStoredTokenStore(state: MemoryState): StoredTokenStore {
  const { storedTokens } = state
  return {
    insert: (token) => answer(state, () => insert(state, token)),
    findByAccessToken: (hash) => answer(state, () => [...storedTokens.values()].find((token) => token.accessTokenHash === hash)),
    findByRefreshToken: (hash) =>
      answer(state, () =>
        [...storedTokens.values()]
          .filter((token) => token.refreshTokenHash === hash)
          .sort(byAge)
          .at(-1),
      ),
    replace: (step, successor) =>
      answer(state, () => {
        const standing = judgeRefresh(state.grants.get(step.grantId), step.from, momentOf(state), step)
        if (standing !== 'current' && standing !== 'grace') return { standing }
        // Before the first change, since nothing here could take one back.
        requireClient(state, successor)
        const outcome = takeGrantStep(state, step)
        if (outcome.standing !== 'current' && outcome.standing !== 'grace') return outcome
        if (outcome.standing === 'current') retireTokensOfGrant(state, step.grantId)
        const { row } = outcome
        const times = successor.refreshTokenHash === undefined ? NO_TIMES : { refreshIssuedAt: row.rotatedAt, refreshExpiresAt: row.expiresAt }
        insert(state, { ...successor, generation: row.generation, ...times })
        return outcome
      }),
  }
}

const NO_TIMES = { refreshIssuedAt: undefined, refreshExpiresAt: undefined }

function insert(state: MemoryState, token: StoredToken): void {
  requireClient(state, token)
  state.storedTokens.set(token.tokenId, token)
}

function requireClient(state: MemoryState, { clientId }: Pick<StoredToken, 'clientId'>): void {
  if (!state.clients.has(clientId)) throw new StoreUnavailable('database', { cause: new Error('the client of the token is not there any more') })
}

function retireTokensOfGrant(state: MemoryState, grantId: string): void {
  for (const token of state.storedTokens.values()) {
    if (token.grantId === grantId && token.state === 'ACTIVE') state.storedTokens.set(token.tokenId, { ...token, state: 'INACTIVE' })
  }
}

/** Sorting is stable, so what was stored later stays later. */
function byAge(one: StoredToken, other: StoredToken): number {
  return one.issuedAt - other.issuedAt
}
