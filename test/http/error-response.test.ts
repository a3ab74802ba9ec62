import express from 'express'
import request from 'supertest'
import { OAuthError } from '../../src/errors/oauth-error.js'
import { Overloaded, StoreUnavailable } from '../../src/errors/operational-errors.js'
import { createErrorResponse } from '../../src/http/error-response.js'
import type { BusinessEvent } from '../../src/model/event.js'
import { type Credentials, type JetonInProcess, startJeton } from '../flows/jeton-in-process.js'
import { expectRefusal } from './refusal.js'

const MARK = 'Zx9<script>alert(1)</script>"\'&;--Zx9'
const MARKED = /zx9|<script|alert/i

describe('an answer to a bad request', () => {
  let jeton: JetonInProcess
  let client: Credentials
  beforeAll(async () => {
    jeton = await startJeton({ engine: 'sqlite', toml: '[oauth.rate_limit]\nenable = false' })
    client = await jeton.createClient({ grantTypes: ['client_credentials', 'password', 'refresh_token'], scopes: 'read revocation_feed' })
  })
  afterAll(() => jeton.close())

  it('repeats nothing of what was sent, in its body or its head (RFC 6749 §5.2, §10.14)', async () => {
    const good = (await jeton.post('/oauth2/token', { grant_type: 'client_credentials', scope: 'revocation_feed' }, client).expect(200)).body
    const encoded = encodeURIComponent(MARK)
    const answers = [
      await jeton.post('/oauth2/token', { grant_type: MARK }, client),
      await jeton.post('/oauth2/token', { grant_type: 'client_credentials', scope: MARK }, client),
      await jeton.post('/oauth2/token', { grant_type: 'client_credentials', scope: 'Zx9' }, client),
      await jeton.post('/oauth2/token', { grant_type: 'client_credentials', resource: MARK }, client),
      await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: MARK }, client),
      await jeton.post('/oauth2/token', { grant_type: 'password', username: MARK, password: MARK }, client),
      await jeton.post('/oauth2/token', `grant_type=client_credentials&${encoded}=1&${encoded}=2`, client),
      await jeton.post('/oauth2/token', `grant_type=client_credentials&${MARK}=%`, client),
      await jeton.post('/oauth2/token', { grant_type: MARK, client_id: MARK, client_secret: MARK }),
      await jeton.post('/oauth2/token', { client_id: MARK, client_secret: MARK }, client),
      await jeton.post('/oauth2/token', {}, { id: MARK, secret: MARK }),
      await jeton.post('/oauth2/token', {}).set('Authorization', `${MARK} ${MARK}`),
      await jeton.post('/oauth2/token', 'x=1').set('Content-Type', `text/Zx9; charset=${MARK}`),
      await jeton.post('/oauth2/token', 'x=1').set('Content-Encoding', 'Zx9'),
      await jeton.post('/oauth2/revoke', { token: MARK, token_type_hint: MARK }, client),
      await jeton.post('/oauth2/introspect', { token: MARK, token_type_hint: MARK }, client),
      await jeton.get('/oauth2/userinfo').set('Authorization', `Bearer ${MARK}`),
      await jeton.get('/oauth2/userinfo', 'Zx9Zx9Zx9'),
      await jeton.get(`/revocations/changes?wait=1&since=${encoded}`, good.access_token),
      await jeton.get(`/revocations/changes?since=0:0&wait=${encoded}`, good.access_token),
      await jeton.get('/revocations/changes?wait=1', good.access_token).set('Last-Event-ID', MARK),
      await jeton.get('/revocations/snapshot', good.access_token).set('Accept', 'Zx9/script'),
      await jeton.get(`/${encoded}?${encoded}=${encoded}`),
      await jeton.get('/%Zx9'),
      await request(jeton.jeton.app).delete(`/oauth2/token?${encoded}`),
    ]
    for (const { status, text, headers } of answers) {
      expect(status).not.toBe(500)
      expect(text ?? '').not.toMatch(MARKED)
      expect(JSON.stringify(headers)).not.toMatch(MARKED)
    }
  })

  it('is JSON that a browser takes for nothing else', async () => {
    for (const path of [`/${encodeURIComponent(MARK)}`, '/oauth2/token']) {
      const { headers } = await jeton.get(path)
      expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff' })
    }
  })
})

describe('what was thrown', () => {
  const events: BusinessEvent[] = []
  beforeEach(() => events.splice(0))

  /** The answer of a server whose only endpoint throws this. */
  function answerTo(thrown: unknown): request.Test {
    const app = express().get('/', () => {
      throw thrown
    })
    return request(app.use(createErrorResponse((event) => events.push(event)))).get('/')
  }

  it('is 503 with Retry-After when a store is away or a queue is full, and the operator hears of the store', async () => {
    for (const error of [new StoreUnavailable('secret place', { cause: new Error('secret cause') }), new Overloaded('secret queue')]) {
      const answer = await answerTo(error)
      expectRefusal(answer, 503, 'temporarily_unavailable')
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
      expect(answer.text).not.toContain('secret')
    }
    expect(events).toContainEqual(expect.objectContaining({ type: 'store_unavailable', store: 'secret place' }))
  })

  it('is 500 without a word of it when nobody foresaw it, and the operator hears of it', async () => {
    const error = new TypeError('secret at /srv/secret.js:1')
    for (const thrown of [error, 'secret', { status: 400, message: 'secret' }, Object.assign(new Error('secret'), { status: 502 })]) {
      const answer = await answerTo(thrown)
      expectRefusal(answer, 500, 'server_error')
      expect(answer.text).not.toContain('secret')
    }
    expect(events).toContainEqual({ type: 'request_failed', cause: error })
  })

  it('is the fault of the client where Express could not read the request, which it does not repeat', async () => {
    const answer = await answerTo(Object.assign(new URIError("Failed to decode param '%secret'"), { status: 400 }))
    expectRefusal(answer, 400, 'invalid_request')
    expect(answer.text).not.toContain('secret')
    expect(events).not.toContainEqual(expect.objectContaining({ type: 'request_failed' }))
  })

  it('is 429 with its own Retry-After when somebody tries too often (RFC 6585 §4)', async () => {
    const answer = await answerTo(new OAuthError('slow_down', 'too often', { retryAfter: 42 }))
    expectRefusal(answer, 429, 'slow_down')
    expect(answer.headers['retry-after']).toBe('42')
  })
})
