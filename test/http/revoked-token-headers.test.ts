import { createRevokedTokenHeaders } from '../../src/http/revoked-token-headers.js'
import { epochSeconds } from '../../src/model/time.js'
import type { RevokedToken } from '../../src/tokens/revoke-token.js'
import { accessClaims } from '../tokens/token-claims.js'

const { subject } = accessClaims()
const entry = { seq: 1, kind: 'token', id: 'x', cutoff: undefined, expires: epochSeconds(1) } as const
const name = createRevokedTokenHeaders(async () => undefined)
const ofUser = (username: string | undefined): RevokedToken => ({ entry, subject, authorizedType: 'APPLICATION_USER', username })

describe('the headers of a revocation', () => {
  it.each(['a\r\nSet-Cookie: b=c', 'a\0', 'a b', 'é', ''])('never hold a value that is no header: %j', async (value) => {
    expect(await name(value, ofUser('anna'))).toEqual({ AuthorizedUser: 'anna' })
  })

  it('hold the subject where nobody knows the name', async () => {
    expect(await name('token', ofUser(undefined))).toEqual({ RevokedAccessToken: 'token', AuthorizedUser: subject })
  })

  it.each([
    ['\r\nSet-Cookie: a=b', '%0D%0ASet-Cookie:%20a=b'],
    ['a\ud800', 'a%EF%BF%BD'],
    ['%41', '%2541'],
  ])('hold any name so that it can be read back: %j', async (username, encoded) => {
    expect((await name('token', ofUser(username))).AuthorizedUser).toBe(encoded)
  })

  it('leave the token out where it does not fit beside the name', async () => {
    const user = 'u'.repeat(72)
    expect(await name('t'.repeat(3000), ofUser(user))).toHaveProperty('RevokedAccessToken')
    expect(await name('t'.repeat(3001), ofUser(user))).toEqual({ AuthorizedUser: user })
  })
})
