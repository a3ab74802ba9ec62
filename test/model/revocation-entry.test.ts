import type { RevocableToken } from '../../src/model/claims.js'
import { clientId, grantId, keyId, subject, tokenId } from '../../src/model/ids.js'
import { NEVER, REVOCATION_KINDS, revocableId } from '../../src/model/revocation-entry.js'
import { epochSeconds } from '../../src/model/time.js'

const token: RevocableToken = {
  tokenId: tokenId('the-jti'),
  grantId: grantId('the-grant'),
  keyId: keyId('the-kid'),
  clientId: clientId('the-client'),
  subject: subject('the-user'),
  authorizedType: 'APPLICATION_USER',
  grantedAt: epochSeconds(1),
}

describe('what a revocation entry has to name to hit a token', () => {
  it.each([
    ['token', 'the-jti'],
    ['grant', 'the-grant'],
    ['key', 'the-kid'],
    ['subject', 'the-user'],
    ['client', 'the-client'],
    ['all', ''],
  ] as const)('%s: %j', (kind, id) => {
    expect(revocableId(token, kind)).toBe(id)
  })

  it('is no subject for the token of an application itself, be its id that of a user', () => {
    expect(revocableId({ ...token, authorizedType: 'APPLICATION' }, 'subject')).toBeUndefined()
  })

  it('is no key for a token that no key signed, and no grant for one without', () => {
    expect(revocableId({ ...token, keyId: undefined }, 'key')).toBeUndefined()
    expect(revocableId({ ...token, grantId: undefined }, 'grant')).toBeUndefined()
  })

  it('is known for every kind there is', () => {
    expect(REVOCATION_KINDS.map((kind) => revocableId(token, kind))).not.toContain(undefined)
    expect(new Date(NEVER * 1000).toISOString()).toBe('9999-12-31T23:59:59.000Z')
  })
})
