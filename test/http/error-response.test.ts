import request from 'supertest'
import { type Credentials, type JetonInProcess, startJeton } from '../flows/jeton-in-process.js'

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
