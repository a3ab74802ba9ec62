import type { Branded } from '../model/brand.js'
import type { AuthorizedType } from '../model/claims.js'
import type { ClientId, GrantId, Subject, TokenId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Scopes } from '../model/scope.js'
import type { EpochSeconds, Seconds } from '../model/time.js'
import type { AdvanceOutcome, GrantAdvance } from './grant-store.js'

/** SHA-256, lower-case hex, of an opaque token or of the `jti` of a JWT. They carry 122 random bits at least or a MAC, so no slow hash is needed. */
export type TokenHash = Branded<string, 'TokenHash'>
/** WSO2's TOKEN_STATE. `INACTIVE`: rotated away by a refresh. A row does not change when its time runs out. */
export type StoredTokenState = 'ACTIVE' | 'INACTIVE' | 'EXPIRED' | 'REVOKED'
/** `opaque`: the row is all there is. `jwt`: the token says everything itself, and the row says only whether it still is good. */
export type StoredTokenFormat = 'opaque' | 'jwt'

/** The values of an opaque pair, where the operator wants them in the database, to be given again. */
export interface PairInClear {
  readonly accessToken: string
  readonly refreshToken: string | undefined
}

/** A stored access token with the refresh token issued beside it: one row of IDN_OAUTH2_ACCESS_TOKEN. */
export interface StoredToken {
  /** Of a JWT its `jti`. */
  readonly tokenId: TokenId
  readonly format: StoredTokenFormat
  /** Of a JWT that of its `jti`. */
  readonly accessTokenHash: TokenHash
  /** undefined: none was issued. */
  readonly refreshTokenHash: TokenHash | undefined
  /** undefined: only hashes are stored; always so of a JWT, which is never given again. */
  readonly inClear: PairInClear | undefined
  readonly clientId: ClientId
  readonly subject: Subject
  readonly authorizedType: AuthorizedType
  readonly username: string | undefined
  readonly grantType: string
  readonly scopes: Scopes
  /** The scopes that were granted, where a refresh has narrowed `scopes`. */
  readonly grantedScopes: Scopes
  readonly audience: readonly string[]
  /** The audience that was granted, where a refresh has narrowed `audience`. */
  readonly grantedAudience: readonly string[]
  readonly grantId: GrantId
  readonly grantedAt: EpochSeconds
  readonly generation: number
  readonly issuedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
  /** When the refresh token was made and when it expires; undefined where there is none. */
  readonly refreshIssuedAt: EpochSeconds | undefined
  readonly refreshExpiresAt: EpochSeconds | undefined
  readonly state: StoredTokenState
}

/** What a successor is before its refresh token's times are known: the grant's row decides those. */
export type StoredSuccessor = Omit<StoredToken, 'generation' | 'refreshIssuedAt' | 'refreshExpiresAt'>

/** A stored refresh token by what it is stored under and by what it names itself. */
export interface StoredRefreshTokenName {
  readonly hash: TokenHash
  readonly grantId: GrantId
  readonly generation: number
}

/**
 * Where a token stands. For each client, subject and set of scopes there is one `only` place, taken by one ACTIVE token at a
 * time; `beside` it there is room for any number.
 */
export type TokenPlace = 'only' | 'beside'

/** What is done about tokens that are there already when another one is issued. */
export type IssueRule =
  /** Nothing; it stands beside them. */
  | { readonly kind: 'beside' }
  /** Who has the one place leaves ACTIVE, and its grant ends: REVOKED, or EXPIRED where its time was up. */
  | { readonly kind: 'replace' }
  /** Who has the one place is given back instead, unless it is `except`: that one is replaced. */
  | { readonly kind: 'reuse'; readonly except: TokenId | undefined }
  /** Another access token of the same grant: those it had turn INACTIVE. Stands beside where another grant has the one place. */
  | { readonly kind: 'renew' }

export type IssueOutcome =
  /** `entries`: what the revocation log says of replaced tokens that others may accept without asking, in its order. */
  { readonly kind: 'issued'; readonly entries: readonly RevocationEntry[] } | { readonly kind: 'existing'; readonly token: StoredToken }

/** What becomes of a row that leaves ACTIVE, in the transaction in which it does. */
export type TokenCleanup =
  /** It stays, in its new state, until it has expired. */
  | { readonly kind: 'off' }
  /** It is deleted. */
  | { readonly kind: 'delete' }
  /** It moves to the audit table and stays there this long. */
  | { readonly kind: 'audit'; readonly retention: Seconds }

/**
 * Whatever a verb changes is one transaction, clean-up included. A row whose refresh token may still be asked about (its access
 * token alone was revoked, or its successor is not stored) stays findable by it: in the audit table, or in its own where none is kept.
 */
export interface StoredTokenStore {
  /** Stores a token, and does what the rule says; durable when it returns. @throws StoreUnavailable */
  issue(token: StoredToken, rule: IssueRule): Promise<IssueOutcome>
  /** @throws StoreUnavailable */
  findByAccessToken(hash: TokenHash): Promise<StoredToken | undefined>
  /**
   * The newest row that was issued with this refresh token, in whatever state. Where it has been cleaned up: what the audit knows of
   * it, else the newest row of its grant, else undefined. @throws StoreUnavailable
   */
  findByRefreshToken(name: StoredRefreshTokenName): Promise<StoredToken | undefined>
  /**
   * Takes the grant's step (as GrantStore.advance) and stores the successor; undefined where the successor is not stored. The step
   * itself turns the grant's ACTIVE rows INACTIVE; a repetition in the grace adds a row. In the one place the successor stands only
   * where that is free. Nothing is stored for any other standing. @throws StoreUnavailable
   */
  replace(step: GrantAdvance, successor: StoredSuccessor | undefined, place: TokenPlace): Promise<AdvanceOutcome>
}
