import type { FindOwnClaims } from '../issuers/own-claims.js'
import type { IssuePair } from './exchange.js'
import type { Decision } from './grant.js'

/** The same pairs with claims of the operator's own, which are asked for before anything is signed or written: a failure costs the client nothing. */
export function withOwnClaims(issuePair: IssuePair, findOwnClaims: FindOwnClaims): IssuePair {
  return async (decision) => {
    const { authorization, refresh } = decision
    const additionalClaims = await findOwnClaims(authorization, grantTypeOf(decision))
    return issuePair({ authorization: { ...authorization, additionalClaims }, refresh })
  }
}

function grantTypeOf({ authorization, refresh }: Decision): string {
  return refresh.kind === 'next' || refresh.kind === 'same' ? 'refresh_token' : authorization.grantType
}
