import type { Subject } from '../model/ids.js'
import type { RevokedToken } from '../tokens/revoke-token.js'

/** The headers of WSO2 that say what a revocation has revoked; `value` is the token as it was sent. */
export type NameRevoked = (value: string, revoked: RevokedToken) => Promise<Readonly<Record<string, string>>>

/** Token and user together: with the other headers they fit into 4 KiB, the least that proxies take from whom they ask. */
const MOST_CHARACTERS = 3072
/** Of ASCII. A line break would be a header of somebody else's making. */
const VISIBLE = /^[\x21-\x7e]+$/
/** What is not visible, and what is the mark of an encoded character. */
const ENCODED = /[^\x21-\x7e]|%/gu

/**
 * `RevokedAccessToken` or `RevokedRefreshToken`, never more than the one that was sent, and `AuthorizedUser`: the user's name,
 * else the subject. The token is left out where it does not fit: a client that cannot read the answer would take it for a failure.
 */
export function createRevokedTokenHeaders(findUsername: (subject: Subject) => Promise<string | undefined>): NameRevoked {
  return async (value, { entry, subject, authorizedType, username: known }) => {
    const username = known ?? (authorizedType === 'APPLICATION_USER' ? await findUsername(subject) : undefined)
    const user = (username ?? subject).replace(ENCODED, percentEncoded)
    const fits = VISIBLE.test(value) && value.length + user.length <= MOST_CHARACTERS
    const name = entry.kind === 'grant' ? 'RevokedRefreshToken' : 'RevokedAccessToken'
    return { ...(fits && { [name]: value }), AuthorizedUser: user }
  }
}

/** RFC 3986 §2.1, of UTF-8. */
function percentEncoded(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
