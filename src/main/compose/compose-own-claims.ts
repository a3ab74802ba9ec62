import type { IssuePair } from '../../grants/exchange.js'
import { withOwnClaims } from '../../grants/issue-with-own-claims.js'
import { createOwnClaims, type WithinTime } from '../../issuers/own-claims.js'
import type { TokenType } from '../../model/client.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

type Pairs = Readonly<Record<TokenType, IssuePair>>

/** The JWT pairs of an issuer of the operator's own, where there is one. */
export function composeOwnClaims(pairs: Pairs, { ownIssuer }: Resources, { usernames }: State): Pairs {
  if (ownIssuer === undefined) return pairs
  const { issuer, timeoutMs } = ownIssuer
  const findOwnClaims = createOwnClaims({ issuer, withinTime: within(timeoutMs), findUsername: (subject) => usernames.find(subject) })
  return { ...pairs, JWT: withOwnClaims(pairs.JWT, findOwnClaims) }
}

/** What is late may go on, and nobody waits for it. */
function within(timeoutMs: number): WithinTime {
  return async (work) => {
    const late = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const reason = new Error(`took longer than ${timeoutMs} ms`)
        reject(reason)
        late.abort(reason)
      }, timeoutMs)
    })
    try {
      return await Promise.race([work(late.signal), timeout])
    } finally {
      clearTimeout(timer)
    }
  }
}
