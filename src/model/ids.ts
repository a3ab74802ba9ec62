import type { Branded } from './brand.js'

/** `client_id`, RFC 6749 §2.2. */
export type ClientId = Branded<string, 'ClientId'>
/** A user's id: a UUID that is never given to another user. */
export type UserId = Branded<string, 'UserId'>
/** `sub`, RFC 7519 §4.1.2: a {@link UserId} or a {@link ClientId}; `aut` says which. */
export type Subject = Branded<string, 'Subject'>
/** `jti`, RFC 7519 §4.1.7. */
export type TokenId = Branded<string, 'TokenId'>
/** `grant_id`: what all tokens that descend from one authorization have in common. */
export type GrantId = Branded<string, 'GrantId'>
/** `kid`, RFC 7515 §4.1.4. Never used again. */
export type KeyId = Branded<string, 'KeyId'>
/** A developer's application in the portal API: a UUID. */
export type ApplicationId = Branded<string, 'ApplicationId'>

const LONGEST_ID = 255

function identifier<Id extends string>(value: string, what: string): Id {
  if (value.length === 0 || value.length > LONGEST_ID) throw new RangeError(`${what} has to have 1 to ${LONGEST_ID} characters`)
  return value as Id
}

/** @throws RangeError when empty or longer than 255 characters. */
export const clientId = (value: string): ClientId => identifier<ClientId>(value, 'a client id')
/** @throws RangeError when empty or longer than 255 characters. */
export const userId = (value: string): UserId => identifier<UserId>(value, 'a user id')
/** @throws RangeError when empty or longer than 255 characters. */
export const subject = (value: string): Subject => identifier<Subject>(value, 'a subject')
/** @throws RangeError when empty or longer than 255 characters. */
export const tokenId = (value: string): TokenId => identifier<TokenId>(value, 'a token id')
/** @throws RangeError when empty or longer than 255 characters. */
export const grantId = (value: string): GrantId => identifier<GrantId>(value, 'a grant id')
/** @throws RangeError when empty or longer than 255 characters. */
export const keyId = (value: string): KeyId => identifier<KeyId>(value, 'a key id')
/** @throws RangeError when empty or longer than 255 characters. */
export const applicationId = (value: string): ApplicationId => identifier<ApplicationId>(value, 'an application id')
