import express from 'express'
import request from 'supertest'
import type { AccessTokenClaims, Verdict } from '../../src/gateway/index.js'
import { type GuardOptions, requireToken } from '../../src/gateway/index.js'
import { parseAccessTokenClaims } from '../../src/verification/access-token-claims.js'
import { goodClaims } from '../verification/signed-tokens.js'

const claims = parseAccessTokenClaims(goodClaims, 'k1' as never) as AccessTokenClaims

/** An application with one guarded route, and what the verifier was asked. */
function guarded(verdict: Verdict | Error, options?: GuardOptions) {
  const asked: unknown[] = []
  const verifier = {
    verify: async (...question: unknown[]) => {
      asked.push(question)
      if (verdict instanceof Error) throw verdict
      return verdict
    },
  }
  const app = express()
  app.get('/', requireToken(verifier, options), (_request, response) => void response.json(response.locals.token))
  app.use(((error, _request, response, _next) => void response.status(500).json({ error: error.message })) as express.ErrorRequestHandler)
  return { app, asked }
}

const accepted: Verdict = { accepted: true, claims }

describe('a request with a good token', () => {
  it('passes, with the claims in locals', async () => {
    const { app, asked } = guarded(accepted)
    const answer = await request(app).get('/').set('Authorization', 'Bearer a.b.c')
    expect([answer.status, answer.body.tokenId, asked]).toEqual([200, claims.tokenId, [['a.b.c', {}]]])
  })

  it.each(['bearer a.b.c', 'BEARER a.b.c', 'Bearer   a.b.c', 'Bearer a.b.c '])(
    'passes however the scheme is written: %s (RFC 9110 §11.1)',
    async (header) => {
      expect((await request(guarded(accepted).app).get('/').set('Authorization', header)).status).toBe(200)
    },
  )

  it('passes where it has all the scopes that are needed', async () => {
    expect(
      (
        await request(guarded(accepted, { scope: 'write read' }).app)
          .get('/')
          .set('Authorization', 'Bearer a')
      ).status,
    ).toBe(200)
  })

  it('is judged by the policy of the route', async () => {
    const { app, asked } = guarded(accepted, { beyond: 'closed' })
    await request(app).get('/').set('Authorization', 'Bearer a')
    expect(asked).toEqual([['a', { beyond: 'closed' }]])
  })
})

describe('a request that is refused', () => {
  it('is told only the scheme where it shows no token (RFC 6750 §3)', async () => {
    for (const headers of [{}, { Authorization: 'Basic YTpi' }, { Authorization: 'Bearerish a' }]) {
      const answer = await request(guarded(accepted).app).get('/?access_token=a.b.c').set(headers)
      expect([answer.status, answer.headers['www-authenticate'], answer.text]).toEqual([401, 'Bearer', ''])
    }
  })

  it('does not pass with a token in the query or the body, which RFC 6750 §2.2 and §2.3 would allow', async () => {
    const { app, asked } = guarded(accepted)
    const answer = await request(app).get('/?access_token=a.b.c').type('form').send({ access_token: 'a.b.c' })
    expect([answer.status, asked]).toEqual([401, []])
  })

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer "a"', 'Bearer a=b', 'Bearer a,b', 'Bearer =', 'Bearer é'])(
    'is 400 invalid_request for the malformed header %s (RFC 6750 §3.1)',
    async (header) => {
      const { app, asked } = guarded(accepted)
      const answer = await request(app).get('/').set('Authorization', Buffer.from(header).toString('latin1'))
      expect([answer.status, answer.headers['www-authenticate'], asked]).toEqual([400, 'Bearer error="invalid_request"', []])
    },
  )

  it.each(['expired', 'revoked', 'malformed', 'wrong_type'] as const)(
    'is 401 invalid_token for a token that is %s (RFC 6750 §3.1)',
    async (reason) => {
      const answer = await request(guarded({ accepted: false, reason }).app)
        .get('/')
        .set('Authorization', 'Bearer a')
      expect([answer.status, answer.headers['www-authenticate'], answer.body]).toEqual([
        401,
        'Bearer error="invalid_token"',
        { error: 'invalid_token' },
      ])
      expect(answer.headers['cache-control']).toBe('no-store')
    },
  )

  it('is 403 insufficient_scope, naming the scope, where one is missing (RFC 6750 §3.1)', async () => {
    const answer = await request(guarded(accepted, { scope: 'read admin' }).app)
      .get('/')
      .set('Authorization', 'Bearer a')
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([403, 'Bearer error="insufficient_scope", scope="read admin"'])
  })

  it.each(['not_ready', 'stale'] as const)('is 503 with Retry-After while the verifier is %s', async (reason) => {
    const answer = await request(guarded({ accepted: false, reason }).app)
      .get('/')
      .set('Authorization', 'Bearer a')
    expect([answer.status, answer.headers['retry-after'], answer.headers['www-authenticate']]).toEqual([503, '1', undefined])
  })

  it('goes to the error handler where the verifier fails', async () => {
    expect(
      (
        await request(guarded(new Error('broken')).app)
          .get('/')
          .set('Authorization', 'Bearer a')
      ).body,
    ).toEqual({ error: 'broken' })
  })
})

it('wrong options are refused when the guard is made', () => {
  const verifier = { verify: async () => accepted }
  expect(() => requireToken(verifier, { scope: 'a  b' })).toThrow(TypeError)
  expect(() => requireToken(verifier, { scope: 'a"b' })).toThrow(TypeError)
  expect(() => requireToken(verifier, { beyond: 'never' as 'open' })).toThrow(TypeError)
})
