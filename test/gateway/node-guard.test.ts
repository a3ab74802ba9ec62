import { createServer } from 'node:http'
import request from 'supertest'
import { type AccessTokenClaims, createNodeGuard, type GuardOptions, type Verdict } from '../../src/gateway/index.js'
import { parseAccessTokenClaims } from '../../src/verification/access-token-claims.js'
import { goodClaims } from '../verification/signed-tokens.js'

const claims = parseAccessTokenClaims(goodClaims, 'k1' as never) as AccessTokenClaims

function guarded(verdict: Verdict, options?: GuardOptions) {
  const guard = createNodeGuard({ verify: async () => verdict }, options)
  return createServer(async (asked, response) => {
    const token = await guard(asked, response)
    if (token !== undefined) response.end(token.tokenId)
  })
}

it('gives the claims of a good token', async () => {
  const answer = await request(guarded({ accepted: true, claims }))
    .get('/')
    .set('Authorization', 'Bearer a.b.c')
    .buffer()
  expect([answer.status, answer.text]).toEqual([200, claims.tokenId])
})

it.each([
  [400, 'Bearer a b', { accepted: true, claims }, 'Bearer error="invalid_request"'],
  [401, '', { accepted: true, claims }, 'Bearer'],
  [401, 'Bearer a', { accepted: false, reason: 'expired' }, 'Bearer error="invalid_token"'],
  [403, 'Bearer a', { accepted: true, claims }, 'Bearer error="insufficient_scope", scope="admin"'],
  [503, 'Bearer a', { accepted: false, reason: 'stale' }, undefined],
] as const)('answers %d itself, as RFC 6750 says', async (status, header, verdict, challenge) => {
  const answer = await request(guarded(verdict, { scope: 'admin' }))
    .get('/')
    .set('Authorization', header)
  expect([answer.status, answer.headers['www-authenticate']]).toEqual([status, challenge])
})

it('refuses options that are wrong when it is made', () => {
  expect(() => createNodeGuard({ verify: async () => ({ accepted: true, claims }) }, { scope: 'a  b' })).toThrow('scope')
})
