import { OAuthError } from '../../src/errors/oauth-error.js'
import { subject } from '../../src/model/ids.js'
import type { User } from '../../src/model/user.js'
import { createUserClaims } from '../../src/tokens/user-claims.js'
import { aUser } from '../stores/opened-stores.js'
import { accessClaims } from './token-claims.js'

const ofUser = accessClaims({ authorizedType: 'APPLICATION_USER', subject: subject('user-1'), scopes: ['openid'] })
const get = (user: User | undefined, claims = ofUser) => createUserClaims({ find: async (id) => (user?.id === id ? user : undefined) })(claims)

const refusal = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'told',
    (error: unknown) => (error instanceof OAuthError ? error.code : Promise.reject(error)),
  )

describe('what userinfo tells (OpenID Connect Core 1.0 §5.3)', () => {
  it('is the subject and the name', async () => {
    expect(await get(aUser('user-1', { name: 'anna' }))).toEqual({ sub: 'user-1', preferred_username: 'anna' })
  })

  it('is nothing without the scope openid (RFC 6750 §3.1 insufficient_scope)', async () => {
    expect(await refusal(get(aUser('user-1'), { ...ofUser, scopes: ['read'] }))).toBe('insufficient_scope')
  })

  it('is what the token says where users may be elsewhere, and never for one that is disabled here', async () => {
    const elsewhere = createUserClaims({ find: async () => undefined }, () => true)
    expect(await elsewhere(ofUser, 'SECOND.COM/anna')).toEqual({ sub: 'user-1', preferred_username: 'SECOND.COM/anna' })
    expect(await elsewhere(ofUser)).toEqual({ sub: 'user-1', preferred_username: 'user-1' })
    const disabled = createUserClaims({ find: async () => aUser('user-1', { state: 'disabled' }) }, () => true)
    expect(await refusal(disabled(ofUser, 'anna'))).toBe('invalid_token')
  })

  it.each([
    ['that is no user’s', aUser('user-1'), { ...ofUser, authorizedType: 'APPLICATION' as const }],
    ['of a disabled user', aUser('user-1', { state: 'disabled' }), ofUser],
    ['of a deleted user', undefined, ofUser],
  ])('is nothing for a token %s (RFC 6750 §3.1 invalid_token)', async (_what, user, claims) => {
    expect(await refusal(get(user, claims))).toBe('invalid_token')
  })
})
