import type { AuthorizedType } from './claims.js'
import type { Client } from './client.js'
import type { GrantId, Subject } from './ids.js'
import type { Scopes } from './scope.js'
import type { EpochSeconds } from './time.js'

/** What a grant has decided: everything a token says, before there is a token. */
export interface Authorization {
  readonly client: Client
  readonly subject: Subject
  readonly authorizedType: AuthorizedType
  /** The user's name, where the subject is a user and the name is known. */
  readonly username: string | undefined
  /** Of the access token. */
  readonly scopes: Scopes
  readonly audience: readonly string[]
  readonly grantId: GrantId
  /** The second the grant was made; unchanged through refreshes. */
  readonly grantedAt: EpochSeconds
  /** The `grant_type` by which the grant was first made. */
  readonly grantType: string
  /** What an issuer of the operator's own adds to the access token; none of it is a claim of Jeton's. */
  readonly additionalClaims?: Readonly<Record<string, unknown>>
}
