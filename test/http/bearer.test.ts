import express from 'express'
import request from 'supertest'
import { notFound } from '../../src/http/answer.js'
import { requireBearer } from '../../src/http/bearer.js'
import { createErrorResponse } from '../../src/http/error-response.js'
import type { AccessTokenClaims } from '../../src/model/claims.js'
import { type Credentials, ISSUER, type JetonInProcess, startJeton } from '../flows/jeton-in-process.js'
import { StillClock } from '../still-clock.js'
import { expectRefusal } from './refusal.js'

const FEED = ['/revocations/snapshot', '/revocations/changes?since=0:0&wait=1']
const PROTECTED = ['/oauth2/userinfo', ...FEED]

describe('a bearer token', () => {
  const clock = new StillClock()
  let jeton: JetonInProcess
  let client: Credentials
  beforeAll(async () => {
    jeton = await startJeton({ clock, toml: '[oauth.rate_limit]\nenable = false' })
    client = await jeton.createClient({
      grantTypes: ['client_credentials', 'password', 'refresh_token'],
      scopes: 'openid read revocation_feed',
      audiences: ['https://api.test'],
    })
    await jeton.jeton.operations.users.create('anna', 'correct horse')
  })
  afterAll(() => jeton.close())

  const pair = async (form: Record<string, string>, credentials = client) => (await jeton.post('/oauth2/token', form, credentials).expect(200)).body
  const application = (scope: string) => pair({ grant_type: 'client_credentials', scope })
  const user = (scope: string) => pair({ grant_type: 'password', username: 'anna', password: 'correct horse', scope })
  const get = (path: string, authorization?: string) => {
    const sent = request(jeton.jeton.app).get(path)
    return authorization === undefined ? sent : sent.set('Authorization', authorization)
  }

  it.each(PROTECTED)('that is missing at %s is told how, and of no error (RFC 6750 §3.1)', async (path) => {
    const answer = await get(path)
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 401, text: '' })
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="jeton"')
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it.each(PROTECTED)('in the place of which %s is shown another scheme is as one that is missing (RFC 6750 §3.1)', async (path) => {
    const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
    for (const authorization of [basic, 'DPoP abc', 'Bearerabc', 'x']) {
      const answer = await get(path, authorization)
      expect({ status: answer.status, challenge: answer.headers['www-authenticate'] }).toEqual({ status: 401, challenge: 'Bearer realm="jeton"' })
    }
  })

  it.each(PROTECTED)('that is malformed at %s is invalid_request (RFC 6750 §2.1, §3.1)', async (path) => {
    for (const authorization of ['Bearer', 'Bearer a b', 'Bearer a,b', 'Bearer "a"', 'Bearer =', 'Bearer a\tb', 'Bearer \xe9']) {
      const answer = await get(path, authorization)
      expectRefusal(answer, 400, 'invalid_request')
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="jeton", error="invalid_request"')
    }
  })

  it.each(PROTECTED)('that is not good at %s is invalid_token (RFC 6750 §3.1)', async (path) => {
    const { access_token: good, refresh_token: refresh } = await user('openid revocation_feed')
    const revoked = (await user('openid revocation_feed')).access_token
    await jeton.post('/oauth2/revoke', { token: revoked }, client).expect(200)
    for (const token of ['abc', 'a.b.c', `${good}A`, good.slice(0, -4), refresh, revoked]) {
      const answer = await get(path, `Bearer ${token}`)
      expectRefusal(answer, 401, 'invalid_token')
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="jeton", error="invalid_token", error_description="[^"]+"$/)
    }
  })

  it.each(PROTECTED)('that has expired at %s is invalid_token (RFC 6750 §3.1)', async (path) => {
    const { access_token: token, expires_in: lifetime } = await user('openid revocation_feed')
    clock.advance(lifetime)
    await jeton.runJob('poll')
    expectRefusal(await get(path, `Bearer ${token}`), 401, 'invalid_token')
  })

  it.each(PROTECTED)('without the scope that %s needs is insufficient_scope (RFC 6750 §3.1)', async (path) => {
    const answer = await get(path, `Bearer ${(await user(path.includes('userinfo') ? 'read revocation_feed' : 'openid')).access_token}`)
    expectRefusal(answer, 403, 'insufficient_scope')
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="jeton", error="insufficient_scope"/)
  })

  it.each(FEED)('meant for this server, but without the scope, is 403 insufficient_scope at %s (RFC 6750 §3.1)', async (path) => {
    const own = await jeton.createClient({ scopes: 'introspect_any read' })
    const named = await pair({ grant_type: 'client_credentials', scope: 'introspect_any' }, own)
    const answer = await get(path, `Bearer ${named.access_token}`)
    expectRefusal(answer, 403, 'insufficient_scope')
    expect(answer.headers['www-authenticate']).toMatch(/error="insufficient_scope"/)
    // By default the issuer is the audience of a client that has none of its own.
    const plain = await pair({ grant_type: 'client_credentials' }, own)
    expectRefusal(await get(path, `Bearer ${plain.access_token}`), 403, 'insufficient_scope')
  })

  it('with the scope but meant for others is invalid_token (RFC 9068 §4)', async () => {
    const claims = { audience: ['https://api.test'], scopes: ['revocation_feed'] } as unknown as AccessTokenClaims
    const find = async () => ({ claims, isStored: false, username: undefined })
    const app = express()
      .get('/', requireBearer(find, { audience: ISSUER, scope: 'revocation_feed' }), notFound)
      .use(createErrorResponse(() => undefined))
    expectRefusal(await request(app).get('/').set('Authorization', 'Bearer token'), 401, 'invalid_token')
  })

  it.each([...PROTECTED])('is taken at %s from the header only (RFC 6750 §2.1)', async (path) => {
    const { access_token: token } = await user('openid revocation_feed')
    const separator = path.includes('?') ? '&' : '?'
    await get(`${path}${separator}access_token=${token}`).expect(401)
    await get(path).set('Cookie', `access_token=${token}`).expect(401)
    await get(path).type('form').send({ access_token: token }).expect(401)
  })

  it("of an application is invalid_token at userinfo, and a user's tells who the user is (OpenID Connect Core §5.3)", async () => {
    expectRefusal(await get('/oauth2/userinfo', `Bearer ${(await application('openid')).access_token}`), 401, 'invalid_token')
    const answer = await get('/oauth2/userinfo', `bearer ${(await user('openid')).access_token}`).expect(200)
    expect(answer.body).toEqual({ sub: expect.any(String), preferred_username: 'anna' })
  })

  it('of the feed opens the feed, and there a malformed since is 400', async () => {
    const { access_token: token } = await application('revocation_feed')
    const { body } = await get('/revocations/snapshot', `Bearer ${token}`).expect(200)
    for (const since of ['', '0', 'x:y', `${body.epoch}:-1`, `${body.epoch}:1.5`, `${body.epoch}:`, `${body.epoch}:1&since=${body.epoch}:1`]) {
      expectRefusal(await get(`/revocations/changes?wait=1&since=${since}`, `Bearer ${token}`), 400, 'invalid_request')
    }
    expectRefusal(await get('/revocations/changes?wait=1', `Bearer ${token}`), 400, 'invalid_request')
  })
})
