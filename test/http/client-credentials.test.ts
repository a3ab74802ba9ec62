import request from 'supertest'
import { clientId } from '../../src/model/ids.js'
import { type Credentials, type JetonInProcess, startJeton } from '../flows/jeton-in-process.js'
import { expectRefusal } from './refusal.js'

const GRANT = { grant_type: 'client_credentials' }
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64')
const percentEncoded = (text: string): string => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

describe('client authentication', () => {
  let jeton: JetonInProcess
  let client: Credentials
  let publicClient: Credentials
  beforeAll(async () => {
    jeton = await startJeton({ engine: 'sqlite', toml: '[oauth.rate_limit]\nenable = false' })
    client = await jeton.createClient({ grantTypes: ['client_credentials', 'password', 'refresh_token'] })
    publicClient = await jeton.createClient({ isPublic: true, grantTypes: ['password', 'refresh_token'] })
    await jeton.jeton.operations.users.create('anna', 'correct horse')
  })
  afterAll(() => jeton.close())

  const authorized = (authorization: string, form: Record<string, string> = GRANT) =>
    request(jeton.jeton.app).post('/oauth2/token').type('form').set('Authorization', authorization).send(form)

  it('takes client_secret_basic and client_secret_post (RFC 6749 §2.3.1)', async () => {
    await jeton.post('/oauth2/token', GRANT, client).expect(200)
    await jeton.post('/oauth2/token', { ...GRANT, client_id: client.id, client_secret: client.secret }).expect(200)
    await jeton.post('/oauth2/token', { ...GRANT, client_id: client.id }, client).expect(200)
  })

  it('undoes the form encoding of id and secret in Basic credentials (RFC 6749 §2.3.1)', async () => {
    await authorized(`Basic ${base64(`${percentEncoded(client.id)}:${percentEncoded(client.secret)}`)}`).expect(200)
    // As a client does that encodes what need not be: the colon between them is found before anything is decoded.
    expectRefusal(await authorized(`Basic ${base64(`${client.id}%3A${client.secret}`)}`), 401, 'invalid_client')
    expectRefusal(await authorized(`Basic ${base64(`${client.id}+:${client.secret}`)}`), 401, 'invalid_client')
  })

  it('takes the name of the scheme in any case (RFC 7617 §2, RFC 9110 §11.1)', async () => {
    await authorized(`bAsIc ${base64(`${client.id}:${client.secret}`)}`).expect(200)
  })

  it.each([
    ['without a colon', `Basic ${base64('nocolon')}`],
    ['that are no base64', 'Basic @@@'],
    ['in base64url', `Basic ${base64(Buffer.from('fbff:', 'utf8')).replace(/=+$/, '')}-_`],
    ['that are nothing', 'Basic'],
    ['with two values', `Basic ${base64('a:b')} ${base64('a:b')}`],
    ['with malformed percent-encoding', `Basic ${base64('%zz:%')}`],
    ['that are no UTF-8', `Basic ${base64(Buffer.from([0xff, 0x3a, 0xfe]))}`],
    ['with NUL', `Basic ${base64('a\0b:c\0d')}`],
    ['with NUL, percent-encoded', `Basic ${base64('%00:%00')}`],
    ['with an empty id', `Basic ${base64(':secret')}`],
    ['with nothing on both sides', `Basic ${base64(':')}`],
    ['of 8 KiB', `Basic ${base64(`${'a'.repeat(4096)}:${'b'.repeat(2048)}`)}`],
    ['of another scheme', 'Bearer abc'],
    ['of an unknown scheme', 'Negotiate abc'],
  ])('refuses Basic credentials %s (RFC 7617 §2, RFC 6749 §5.2)', async (_which, authorization) => {
    const answer = await authorized(authorization)
    expectRefusal(answer, 401, 'invalid_client')
    expect(answer.headers['www-authenticate']).toBe('Basic realm="jeton", charset="UTF-8"')
  })

  it('challenges every client it does not know (RFC 6749 §5.2, RFC 9110 §11.6.1)', async () => {
    const answers = [
      await jeton.post('/oauth2/token', GRANT),
      await jeton.post('/oauth2/token', { ...GRANT, client_secret: client.secret }),
      await jeton.post('/oauth2/token', { ...GRANT, client_id: client.id, client_secret: 'wrong' }),
      await jeton.post('/oauth2/token', GRANT, { ...client, secret: 'wrong' }),
    ]
    for (const answer of answers) {
      expectRefusal(answer, 401, 'invalid_client')
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/)
    }
  })

  it('refuses two methods at once (RFC 6749 §2.3)', async () => {
    expectRefusal(await jeton.post('/oauth2/token', { ...GRANT, client_secret: client.secret }, client), 400, 'invalid_request')
    expectRefusal(await jeton.post('/oauth2/token', { ...GRANT, client_id: client.id, client_secret: client.secret }, client), 400, 'invalid_request')
    expectRefusal(await jeton.post('/oauth2/token', { ...GRANT, client_id: publicClient.id }, client), 400, 'invalid_request')
  })

  it('takes a client_secret without a value beside Basic as omitted (RFC 6749 §3.2)', async () => {
    await jeton.post('/oauth2/token', { ...GRANT, client_secret: '' }, client).expect(200)
  })

  it('takes no credentials from the address (RFC 6749 §2.3.1)', async () => {
    const query = new URLSearchParams({ ...GRANT, client_id: client.id, client_secret: client.secret })
    expectRefusal(await jeton.post(`/oauth2/token?${query}`, GRANT), 401, 'invalid_client')
  })

  it('answers an unknown client, a wrong secret, a disabled and a deleted client in the same words (RFC 6749 §5.2)', async () => {
    const disabled = await jeton.createClient()
    await jeton.jeton.operations.clients.disable(disabled.id)
    const deleted = await jeton.createClient()
    await jeton.jeton.operations.clients.remove(deleted.id)
    const wrong = [
      { id: 'NoSuchClientNoSuchClientNoSu', secret: client.secret },
      { id: client.id, secret: `${client.secret}x` },
      { id: client.id, secret: client.secret.toUpperCase() },
      { id: client.id.toLowerCase(), secret: client.secret },
      disabled,
      deleted,
    ]
    const answers = []
    for (const credentials of wrong) {
      const { status, text, headers } = await jeton.post('/oauth2/token', GRANT, credentials)
      answers.push({ status, text, challenge: headers['www-authenticate'], length: headers['content-length'] })
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 401, text: expect.stringContaining('"invalid_client"') })
  })

  it('refuses a confidential client that shows no secret (RFC 6749 §3.2.1)', async () => {
    expectRefusal(await jeton.post('/oauth2/token', { ...GRANT, client_id: client.id }), 401, 'invalid_client')
    expectRefusal(await jeton.post('/oauth2/token', { ...GRANT, client_id: client.id, client_secret: '' }), 401, 'invalid_client')
    expectRefusal(await jeton.post('/oauth2/token', GRANT, { id: client.id, secret: '' }), 401, 'invalid_client')
  })

  it('refuses a public client that shows a secret, which it cannot have (RFC 6749 §2.1)', async () => {
    const form = { grant_type: 'password', username: 'anna', password: 'correct horse' }
    await jeton.post('/oauth2/token', { ...form, client_id: publicClient.id }).expect(200)
    expectRefusal(await jeton.post('/oauth2/token', { ...form, client_id: publicClient.id, client_secret: 'x' }), 401, 'invalid_client')
    expectRefusal(await jeton.post('/oauth2/token', form, { id: publicClient.id, secret: 'x' }), 401, 'invalid_client')
  })

  it('refuses client_credentials to a public client (RFC 6749 §4.4.2)', async () => {
    expectRefusal(await jeton.post('/oauth2/token', { ...GRANT, client_id: publicClient.id }), 400, 'unauthorized_client')
    // As a database that was taken over may hold one.
    const taken = await jeton.stores.clients.find(clientId(client.id))
    if (taken === undefined) throw new Error('the client is missing')
    await jeton.stores.clients.create({ ...taken, id: clientId('taken-over'), secretHash: undefined })
    expectRefusal(await jeton.post('/oauth2/token', { ...GRANT, client_id: 'taken-over' }), 400, 'unauthorized_client')
  })

  it.each(['/oauth2/token', '/token', '/oauth2/revoke', '/revoke', '/oauth2/introspect'])(
    'is asked for at %s before anything else is looked at',
    async (path) => {
      expectRefusal(await jeton.post(path, { token: 'x', grant_type: 'nothing' }), 401, 'invalid_client')
      expectRefusal(await jeton.post(path, { token: 'x', grant_type: 'nothing' }, { ...client, secret: 'wrong' }), 401, 'invalid_client')
    },
  )
})
