import type { AuthorizedType, RevocableToken } from './claims.js'
import { type ClientId, type UserId, userId } from './ids.js'
import type { EpochSeconds } from './time.js'

/** token, grant, key match whatever the times say; subject, client, all match what was granted at or before the cut-off. */
export type RevocationKind = 'token' | 'grant' | 'key' | 'subject' | 'client' | 'all'

export const REVOCATION_KINDS: readonly RevocationKind[] = ['token', 'grant', 'key', 'subject', 'client', 'all']

/** 9999-12-31T23:59:59Z: the `expires` of an entry that never leaves. */
export const NEVER = 253_402_300_799 as EpochSeconds

/** One line of the revocation log. Of two lines with the same kind and id, the one with the higher `seq` counts. */
export interface RevocationEntry {
  /** Position in the log: no gaps, in the order of the commits, from 1. */
  readonly seq: number
  readonly kind: RevocationKind
  /** `jti`, `grant_id`, `kid`, user id or `client_id`. The empty string for `all`. */
  readonly id: string
  /** Matches tokens granted at or before this second. undefined: matches whatever the times say. */
  readonly cutoff: EpochSeconds | undefined
  /** From then on no live token can match, and the entry may leave. */
  readonly expires: EpochSeconds
  /** Of `token` and `grant`, where it is known: whose it was. It decides nothing: who has too many entries puts them together by it. */
  readonly client?: string | undefined
}

/** In whose name a token or a grant was issued. */
export interface RevokedOwner {
  readonly clientId: ClientId
  /** undefined: the client itself. */
  readonly userId: UserId | undefined
}

export function ownerOf({ clientId, subject, authorizedType }: Pick<RevocableToken, 'clientId' | 'subject' | 'authorizedType'>): RevokedOwner {
  return { clientId, userId: isUser(authorizedType) ? userId(subject) : undefined }
}

/** The id under which an entry of `kind` would hit `token`; undefined when none of that kind can. */
export function revocableId(token: RevocableToken, kind: RevocationKind): string | undefined {
  switch (kind) {
    case 'token':
      return token.tokenId
    case 'grant':
      return token.grantId
    case 'key':
      return token.keyId
    case 'subject':
      return isUser(token.authorizedType) ? token.subject : undefined
    case 'client':
      return token.clientId
    case 'all':
      return ''
  }
}

const isUser = (type: AuthorizedType): boolean => type === 'APPLICATION_USER'
