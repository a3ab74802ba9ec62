import { CommandRefused } from '../errors/operational-errors.js'
import { type ClientId, grantId, type KeyId, keyId, tokenId, type UserId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { NewRevocation } from '../stores/revocation-log.js'

/** What an operator wants revoked, not yet examined. */
export interface WantedRevocation {
  /** A kind of entry; `user` is another word for `subject`. */
  readonly kind: string
  /** `jti`, `grant_id`, user id or name, `client_id` or `kid`; undefined for `all`. */
  readonly id: string | undefined
}

export interface RevocationRequestNeeds {
  /** By id or by name. @throws CommandRefused `not_found` @throws StoreUnavailable */
  readonly getUser: (nameOrId: string) => Promise<{ readonly id: UserId }>
  /** @throws CommandRefused `not_found` @throws StoreUnavailable */
  readonly getClient: (id: string) => Promise<{ readonly id: ClientId }>
  /** @throws CommandRefused @throws StoreUnavailable */
  readonly revokeKey: (id: KeyId) => Promise<RevocationEntry>
  /** Durable, and in force in this process, when it returns. @throws StoreUnavailable @throws Overloaded */
  readonly record: (revocation: NewRevocation) => Promise<RevocationEntry>
}

/** @throws CommandRefused `invalid_kind`, `invalid_id`, `not_found` @throws StoreUnavailable @throws Overloaded */
export type RequestRevocation = (wanted: WantedRevocation) => Promise<RevocationEntry>

const ID = /^[\x21-\x7E]{1,255}$/
const LONGEST_TOKEN_ID = 128
const FORM_OF_A_TOKEN = /\.|^j[ar]t_/

/** Whether an id looks like the value of a token, which is a secret and in none of these places. */
export function looksLikeToken(id: string): boolean {
  return id.length > LONGEST_TOKEN_ID || FORM_OF_A_TOKEN.test(id)
}

/** Carries out what an operator asks for by kind and id. */
export function createRevocationRequest({ getUser, getClient, revokeKey, record }: RevocationRequestNeeds): RequestRevocation {
  return async ({ kind, id }) => {
    switch (kind) {
      case 'token':
        return record({ kind, id: tokenId(unlikeToken(idOf(id))), expiresAt: undefined })
      case 'grant':
        return record({ kind, id: grantId(unlikeToken(idOf(id))) })
      case 'subject':
      case 'user':
        return record({ kind: 'subject', id: (await getUser(nameOf(id))).id, open: false })
      case 'client':
        return record({ kind, id: (await getClient(idOf(id))).id, open: false })
      case 'key':
        return revokeKey(keyId(idOf(id)))
      case 'all':
        if (id !== undefined && id !== '') throw new CommandRefused('invalid_id', 'a revocation of all has no id')
        return record({ kind })
      default:
        throw new CommandRefused('invalid_kind', 'a kind is token, grant, subject, client, key or all')
    }
  }
}

/** Names of users are checked by who knows them. */
function nameOf(id: string | undefined): string {
  if (id === undefined || id === '') throw new CommandRefused('invalid_id', 'the id is missing')
  return id
}

function idOf(id: string | undefined): string {
  const given = nameOf(id)
  if (!ID.test(given)) throw new CommandRefused('invalid_id', 'an id has 1 to 255 printable characters, and no spaces')
  return given
}

function unlikeToken(id: string): string {
  if (looksLikeToken(id)) throw new CommandRefused('invalid_id', 'this looks like a token; its id is its jti, that of a grant its grant_id')
  return id
}
