import request from 'supertest'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import type { Stores } from '../../src/stores/stores.js'
import { expectRefusal } from '../http/refusal.js'
import { type ApiCaller, callerWith, userWith } from './api-calls.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'

const PATH = '/admin/v1/revocations'
const NEVER = 253_402_300_799

await describeOnEngines('POST /admin/v1/revocations', ['memory', 'sqlite', 'postgresql', 'mysql'], (engine) => {
  let jeton: JetonInProcess
  let admin: ApiCaller
  let client: Credentials
  beforeAll(async () => {
    jeton = await startJeton({ engine, toml: '[oauth.rate_limit]\nenable = false' })
    admin = await callerWith(jeton, 'jeton:admin')
    client = await jeton.createClient()
  }, 60_000)
  afterAll(() => jeton.close())

  const pair = async () => (await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)).body
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const isActive = async (token: string) => (await jeton.post('/oauth2/introspect', { token }, client).expect(200)).body.active
  const revoke = (body: unknown) => admin.call('post', PATH, body)
  const log = () => jeton.stores.revocations.since(0, 1000)

  it('revokes an access token by its jti, in force and durable when it answers', async () => {
    const { access_token: token } = await pair()
    const { jti } = claimsOf(token)
    const { body } = await revoke({ kind: 'token', id: jti }).expect(200)
    expect(body).toEqual({ kind: 'token', id: jti, seq: expect.any(Number), cutoff: null, expires: expect.any(Number) })
    expect(await isActive(token)).toBe(false)
    expect((await log()).at(-1)).toMatchObject({ seq: body.seq, kind: 'token', id: jti, expires: body.expires })
  })

  it('revokes a grant, with its access token and its refresh token', async () => {
    const { access_token: token, refresh_token: refresh } = await pair()
    const { grant_id: id } = claimsOf(token)
    expect((await revoke({ kind: 'grant', id }).expect(200)).body).toMatchObject({ kind: 'grant', id, cutoff: null })
    expect(await isActive(token)).toBe(false)
    expectRefusal(await jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: refresh }, client), 400, 'invalid_grant')
  })

  it.each(['subject', 'user'])('revokes what a user was granted (kind %s), by name or by id', async (kind) => {
    const name = `anna ${kind} of ${engine}`
    const anna = await userWith(jeton, name, 'read')
    const { sub } = claimsOf(anna.token)
    expect((await revoke({ kind, id: name }).expect(200)).body).toMatchObject({ kind: 'subject', id: sub, cutoff: expect.any(Number) })
    expect((await jeton.get('/oauth2/userinfo', anna.token)).status).toBe(401)
    expect((await revoke({ kind, id: sub }).expect(200)).body).toMatchObject({ kind: 'subject', id: sub })
  })

  it('revokes what a client was granted until now', async () => {
    const { access_token: token } = await pair()
    expect((await revoke({ kind: 'client', id: client.id }).expect(200)).body).toMatchObject({ kind: 'client', id: client.id })
    expect(await isActive(token)).toBe(false)
    expect(await isActive((await pair()).access_token)).toBe(true)
  })

  it('revokes a key: what it signed is refused, this very caller too, and another signs', async () => {
    const caller = await callerWith(jeton, 'jeton:admin')
    const { kid } = JSON.parse(Buffer.from(caller.token.split('.')[0] ?? '', 'base64url').toString())
    expect((await caller.call('post', PATH, { kind: 'key', id: kid }).expect(200)).body).toEqual({
      kind: 'key',
      id: kid,
      seq: expect.any(Number),
      cutoff: null,
      expires: NEVER,
    })
    expectRefusal(await caller.call('post', PATH, { kind: 'all' }), 401, 'invalid_token')
    admin = await callerWith(jeton, 'jeton:admin')
    expect(await isActive((await pair()).access_token)).toBe(true)
  })

  it('revokes all, without an id', async () => {
    const { access_token: token } = await pair()
    expect((await revoke({ kind: 'all' }).expect(200)).body).toMatchObject({ kind: 'all', id: null, cutoff: expect.any(Number) })
    expect(await isActive(token)).toBe(false)
    admin = await callerWith(jeton, 'jeton:admin')
  })

  it('refuses bad input with 400 or 404, and writes nothing', async () => {
    const before = await log()
    const { access_token: token, refresh_token: refresh } = await pair()
    const bad: readonly [unknown, number, string][] = [
      [{}, 400, 'invalid_request'],
      [{ kind: 'token' }, 400, 'invalid_request'],
      [{ kind: 'token', id: '' }, 400, 'invalid_request'],
      [{ kind: 'token', id: 17 }, 400, 'invalid_request'],
      [{ kind: 'token', id: ['a'] }, 400, 'invalid_request'],
      [{ kind: 'token', id: 'a b' }, 400, 'invalid_request'],
      [{ kind: 'grant', id: 'a\u0000b' }, 400, 'invalid_request'],
      [{ kind: 'token', id: 'a'.repeat(256) }, 400, 'invalid_request'],
      [{ kind: 'token', id: token }, 400, 'invalid_request'],
      [{ kind: 'grant', id: refresh }, 400, 'invalid_request'],
      [{ kind: 'all', id: 'everything' }, 400, 'invalid_request'],
      [{ kind: 'toString', id: 'a' }, 400, 'invalid_request'],
      [{ kind: '__proto__', id: 'a' }, 400, 'invalid_request'],
      ['{"__proto__":{"kind":"all"}}', 400, 'invalid_request'],
      ['[{"kind":"all"}]', 400, 'invalid_request'],
      ['null', 400, 'invalid_request'],
      ['{"kind":"all"', 400, 'invalid_request'],
      ['['.repeat(30_000), 400, 'invalid_request'],
      [{ kind: 'client', id: 'nobody' }, 404, 'not_found'],
      [{ kind: 'subject', id: 'nobody' }, 404, 'not_found'],
      [{ kind: 'subject', id: 'a\u0000b' }, 404, 'not_found'],
      [{ kind: 'key', id: 'nobody' }, 404, 'not_found'],
    ]
    for (const [body, status, error] of bad) expectRefusal(await revoke(body), status, error)
    expect(await log()).toEqual(before)
  })

  it('refuses another content type with 415, more than 64 KiB with 413, another method with 405 and Allow', async () => {
    const sent = () => request(jeton.jeton.app).post(PATH).set('Authorization', `Bearer ${admin.token}`)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'application/jsonp'])
      expectRefusal(await sent().set('Content-Type', type).send('{"kind":"all"}'), 415, 'invalid_request')
    expectRefusal(await sent().set('Content-Type', 'application/json').set('Content-Encoding', 'gzip').send('{}'), 415, 'invalid_request')
    expectRefusal(await revoke({ kind: 'all', padding: 'x'.repeat(64 * 1024) }), 413, 'invalid_request')
    for (const method of ['get', 'put', 'delete'] as const) {
      const answer = await admin.call(method, PATH)
      expectRefusal(answer, 405, 'invalid_request')
      expect(answer.headers.allow).toBe('POST')
    }
  })

  it('is for tokens with the scope jeton:admin that were meant for this server: 401 without one, 403 without the scope', async () => {
    const before = await log()
    const none = await request(jeton.jeton.app).post(PATH).send({ kind: 'all' })
    expect({ status: none.status, challenge: none.headers['www-authenticate'] }).toEqual({ status: 401, challenge: 'Bearer realm="jeton"' })
    for (const scopes of ['read', 'apim:admin', 'introspect_any', 'jeton:admins']) {
      expectRefusal(await (await callerWith(jeton, scopes)).call('post', PATH, { kind: 'all' }), 403, 'insufficient_scope')
    }
    expect(await log()).toEqual(before)
  })
})

describe('POST /admin/v1/revocations while the database is away', () => {
  it('is 503 with Retry-After, and has revoked nothing', async () => {
    let isAway = false
    const wrapStores = (stores: Stores): Stores => ({
      ...stores,
      revocations: {
        ...stores.revocations,
        append: (batch) => (isAway ? Promise.reject(new StoreUnavailable('database')) : stores.revocations.append(batch)),
      },
    })
    const jeton = await startJeton({ wrapStores })
    try {
      const admin = await callerWith(jeton, 'jeton:admin')
      isAway = true
      const answer = await admin.call('post', PATH, { kind: 'all' })
      expectRefusal(answer, 503, 'temporarily_unavailable')
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
      isAway = false
      expect((await admin.call('post', PATH, { kind: 'grant', id: 'g' }).expect(200)).body.seq).toBe(1)
    } finally {
      await jeton.close()
    }
  })
})
