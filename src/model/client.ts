import type { Branded } from './brand.js'
import type { ClientId, Subject } from './ids.js'
import { isWithin, type Scopes } from './scope.js'
import { type EpochSeconds, type Seconds, seconds } from './time.js'

/** `JWT`: self-validating tokens. `OAUTH`: opaque tokens, stored. WSO2's words, on the wire and in the command line. */
export type TokenType = 'JWT' | 'OAUTH'
/** `disabled` fails authentication; what was issued before is refused. */
export type AccountState = 'active' | 'disabled'
/** A keyed hash of a client secret, in the form that names its algorithm. Never the secret. */
export type SecretHash = Branded<string, 'SecretHash'>

/** How long the tokens of one client live. Absent: the server's setting. */
export interface ClientLifetimes {
  readonly applicationAccessToken?: Seconds
  readonly userAccessToken?: Seconds
  readonly refreshToken?: Seconds
}

/** Ten years: no token lives longer, whatever is asked for. */
export const LONGEST_LIFETIME = seconds(3650 * 86_400)

/** A registered client, RFC 6749 §2. */
export interface Client {
  readonly id: ClientId
  readonly name: string
  readonly tokenType: TokenType
  readonly grantTypes: readonly string[]
  readonly scopes: Scopes
  /** What `aud` its tokens carry, and what tokens of others it may introspect. */
  readonly audiences: readonly string[]
  readonly redirectUris: readonly string[]
  readonly state: AccountState
  /** undefined: a public client (RFC 6749 §2.1), which cannot keep a secret. */
  readonly secretHash: SecretHash | undefined
  readonly createdAt: EpochSeconds
  /** Who registered it over HTTP; undefined: an operator. */
  readonly owner?: Subject | undefined
  readonly lifetimes?: ClientLifetimes
}

/** Whether what the client was granted before a change may not outlive it: something is taken away, or its secret or its state is another. */
export function isClientCutOff(before: Client, changed: Client): boolean {
  const takesAway = (['scopes', 'grantTypes', 'audiences', 'redirectUris'] as const).some((field) => !isWithin(before[field], changed[field]))
  return takesAway || changed.secretHash !== before.secretHash || changed.state !== before.state
}
