import { IssuerFailed } from '../errors/operational-errors.js'
import type { Authorization } from '../model/authorization.js'
import type { Subject } from '../model/ids.js'
import { copyAdditionalClaims } from './additional-claims.js'
import type { AdditionalClaims, ExtendedJwtTokenIssuer, TokenContext } from './extended-jwt-token-issuer.js'

/** Does the work within the time it has, or rejects; the signal is aborted when the time is up. */
export type WithinTime = <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>

export interface OwnClaimsNeeds {
  /** The operator's. */
  readonly issuer: Pick<ExtendedJwtTokenIssuer, 'claims'>
  readonly withinTime: WithinTime
  /** @returns undefined where there is no such user, or nobody can say. */
  readonly findUsername: (subject: Subject) => Promise<string | undefined>
}

/**
 * The claims that an issuer of the operator's own adds to a token; `grantType` is that of the request.
 * @throws IssuerFailed whatever it does wrong.
 */
export type FindOwnClaims = (authorization: Authorization, grantType: string) => Promise<AdditionalClaims>

export function createOwnClaims({ issuer, withinTime, findUsername }: OwnClaimsNeeds): FindOwnClaims {
  return async (authorization, grantType) => {
    const { subject, authorizedType, username: known } = authorization
    const username = known === undefined && authorizedType === 'APPLICATION_USER' ? await findUsername(subject) : known
    const about = contextOf({ ...authorization, username, grantType })
    try {
      return await withinTime(async (signal) => copyAdditionalClaims(await issuer.claims({ ...about, signal })))
    } catch (cause) {
      throw new IssuerFailed(authorization.client.id, { cause })
    }
  }
}

/** Copies: what is handed out must not be a way to change what Jeton keeps of a client. */
function contextOf({ client, subject, username, authorizedType, scopes, audience, grantType }: Authorization): Omit<TokenContext, 'signal'> {
  const granted = { scopes: [...scopes], audience: [...audience], grantType }
  return { clientId: client.id, clientName: client.name, subject, username, kind: authorizedType, ...granted }
}
