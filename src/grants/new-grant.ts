import { randomUUID } from 'node:crypto'
import { OAuthError } from '../errors/oauth-error.js'
import type { Authorization } from '../model/authorization.js'
import type { RevocableToken } from '../model/claims.js'
import { type GrantId, grantId } from '../model/ids.js'
import type { Clock, EpochSeconds } from '../model/time.js'

/** The latest cut-off that would hit a new grant; `open` where everything is refused; undefined where nothing is. */
export type FindCutoff = (token: Pick<RevocableToken, 'clientId' | 'subject' | 'authorizedType'>) => EpochSeconds | 'open' | undefined

/** Gives a grant its id and the second it was made. */
export type BeginGrant = (authorization: Omit<Authorization, 'grantId' | 'grantedAt'>) => Authorization

/**
 * A grant made in the reach of a cut-off would be born dead: its time is then the second after, so that nobody has to wait.
 * The tokens' `iat` stays true.
 */
export function createGrantBeginning(findCutoff: FindCutoff, clock: Clock): BeginGrant {
  return (authorization) => {
    const { client, subject, authorizedType } = authorization
    const cutoff = findCutoff({ clientId: client.id, subject, authorizedType })
    if (cutoff === 'open') throw new OAuthError('invalid_grant', 'access has been revoked')
    return { ...authorization, grantId: newGrantId(), grantedAt: laterThan(cutoff, clock.now()) }
  }
}

const newGrantId = (): GrantId => grantId(randomUUID())

function laterThan(cutoff: EpochSeconds | undefined, now: EpochSeconds): EpochSeconds {
  return cutoff !== undefined && cutoff >= now ? ((cutoff + 1) as EpochSeconds) : now
}
