import { gzipSync } from 'node:zlib'
import request from 'supertest'
import { type Credentials, type JetonInProcess, startJeton } from '../flows/jeton-in-process.js'
import { expectRefusal } from './refusal.js'

const FORMS = ['/oauth2/token', '/token', '/oauth2/revoke', '/revoke', '/oauth2/introspect']
const READ = [
  '/oauth2/jwks',
  '/oauth2/userinfo',
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/revocations/snapshot',
  '/revocations/changes',
  '/revocations/digests',
]
const KIBIBYTE = 1024

describe('the endpoints', () => {
  let jeton: JetonInProcess
  let client: Credentials
  beforeAll(async () => {
    jeton = await startJeton()
    client = await jeton.createClient()
  })
  afterAll(() => jeton.close())

  const app = () => request(jeton.jeton.app)
  const form = (path: string) => app().post(path).auth(client.id, client.secret)
  /** Without making a form of the bytes that are sent. */
  const asItIs = (sent: request.Test) => sent.serialize((body: unknown) => body as string)
  /** A valid token request of exactly `length` bytes. */
  const bodyOf = (length: number): string => 'grant_type=client_credentials&padding='.padEnd(length, 'x')

  it.each(FORMS)('%s takes POST only: 405 with Allow (RFC 9110 §15.5.6, RFC 6749 §3.2)', async (path) => {
    for (const method of ['get', 'put', 'delete', 'patch', 'options'] as const) {
      const answer = await app()[method](path)
      expectRefusal(answer, 405, 'invalid_request')
      expect(answer.headers.allow).toBe('POST')
    }
    const head = await app().head(path)
    expect({ status: head.status, allow: head.headers.allow }).toEqual({ status: 405, allow: 'POST' })
  })

  it.each(READ)('%s takes GET and HEAD only: 405 with Allow (RFC 9110 §15.5.6)', async (path) => {
    for (const method of ['post', 'put', 'delete', 'patch', 'options'] as const) {
      const answer = await app()[method](path)
      expectRefusal(answer, 405, 'invalid_request')
      expect(answer.headers.allow).toBe('GET, HEAD')
    }
  })

  it('answers HEAD as GET, without the body (RFC 9110 §9.3.2)', async () => {
    for (const path of ['/oauth2/jwks', '/healthz', '/readyz', '/.well-known/oauth-authorization-server']) {
      const [get, head] = [await app().get(path), await app().head(path)]
      expect(head.status).toBe(200)
      expect(head.headers['content-length']).toBe(get.headers['content-length'])
      expect(head.text).toBeFalsy()
    }
    expect((await app().head('/oauth2/userinfo')).status).toBe(401)
  })

  it('takes no parameter of a token request from the address (RFC 6749 §3.2)', async () => {
    expectRefusal(await form('/oauth2/token?grant_type=client_credentials').type('form').send('x=1'), 400, 'invalid_request')
  })

  it.each([
    ['JSON', 'application/json', '{"grant_type":"client_credentials"}'],
    ['text', 'text/plain', 'grant_type=client_credentials'],
    [
      'a multipart form',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient_credentials\r\n--x--',
    ],
    ['a media type that only begins like a form', 'application/x-www-form-urlencoded-not', 'grant_type=client_credentials'],
    ['no media type at all', 'nonsense', 'grant_type=client_credentials'],
  ])('refuses %s with 415 (RFC 6749 §3.2, RFC 9110 §15.5.16)', async (_what, type, body) => {
    for (const path of FORMS) expectRefusal(await form(path).set('Content-Type', type).send(body), 415, 'invalid_request')
  })

  it('refuses a body of no type with 415', async () => {
    const answer = await form('/oauth2/token')
      .type('form')
      .unset('Content-Type')
      .send(Buffer.from('grant_type=client_credentials'))
      .unset('Content-Type')
    expectRefusal(answer, 415, 'invalid_request')
  })

  it('takes the media type in any case, and UTF-8 as the only charset (RFC 6749 Appendix B)', async () => {
    const media = 'application/x-www-form-urlencoded'
    for (const type of ['Application/X-WWW-Form-URLencoded', `${media}; charset=UTF-8`, `${media};charset="utf-8"`, `${media} ;x=y`]) {
      await form('/oauth2/token').set('Content-Type', type).send('grant_type=client_credentials').expect(200)
    }
    for (const type of [`${media}; charset=iso-8859-1`, `${media}; charset=utf-16`, `${media}; charset=utf-7; charset=utf-8`]) {
      expectRefusal(await form('/oauth2/token').set('Content-Type', type).send('grant_type=client_credentials'), 415, 'invalid_request')
    }
  })

  it('refuses bytes that are no UTF-8, whatever the request says of them (RFC 6749 Appendix B)', async () => {
    for (const hex of ['e9', 'c080', 'eda080', 'f4908080']) {
      const bytes = Buffer.concat([Buffer.from('grant_type=client_credentials&x='), Buffer.from(hex, 'hex')])
      expectRefusal(await asItIs(form('/oauth2/token').type('form')).send(bytes), 400, 'invalid_request')
    }
  })

  it('takes a body of 64 KiB, and refuses one byte more with 413 (RFC 9110 §15.5.14)', async () => {
    await form('/oauth2/token')
      .type('form')
      .send(bodyOf(64 * KIBIBYTE))
      .expect(200)
    for (const path of FORMS)
      expectRefusal(
        await form(path)
          .type('form')
          .send(bodyOf(64 * KIBIBYTE + 1)),
        413,
        'invalid_request',
      )
  })

  it('refuses a compressed body with 415, however small it is (RFC 9110 §15.5.16)', async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'unknown']) {
      const sent = asItIs(form('/oauth2/token').type('form').set('Content-Encoding', encoding))
      expectRefusal(await sent.send(gzipSync('grant_type=client_credentials')), 415, 'invalid_request')
    }
  })

  it('says nothing of itself, and lets no browser keep, frame or guess anything', async () => {
    for (const answer of [
      await form('/oauth2/token').type('form').send(bodyOf(100)),
      await app().get('/oauth2/userinfo'),
      await app().get('/nowhere'),
    ]) {
      expect(answer.headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      })
      for (const header of ['x-powered-by', 'server', 'etag', 'set-cookie', 'access-control-allow-origin'])
        expect(answer.headers).not.toHaveProperty(header)
    }
  })

  it('marks every answer with tokens as not to be kept (RFC 6749 §5.1)', async () => {
    const answer = await form('/oauth2/token').type('form').send(bodyOf(100)).expect(200)
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache', 'content-type': 'application/json; charset=utf-8' })
  })

  it.each(['/', '/oauth2', '/oauth2/tokens', '/.env', '/%', '/%ff', '/oauth2/token/..%2f..%2fetc', '//oauth2', '/%00'])(
    'answers 404 at %s, and shows nothing of it',
    async (path) => {
      const answer = await app().get(path)
      expectRefusal(answer, 404, 'not_found')
      expect(answer.text).not.toContain(path.slice(1) || '//')
    },
  )
})
