import { createHash } from 'node:crypto'
import type { Response } from 'supertest'
import { openKeyRing } from '../../src/keys/key-ring.js'
import { createSealer } from '../../src/keys/seal.js'
import { clientId } from '../../src/model/ids.js'
import { createFailingStores } from '../http/failing-stores.js'
import { SEALING_KEY } from '../http/forge-token.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const PASSWORD = 'correct horse battery staple 7'
const NEW_PASSWORD = 'Tr0ub4dor&3-and-then-some'
const GUESSED_PASSWORD = 'a-wrong-guess-of-a-password-42'
const GUESSED_SECRET = 'a-wrong-guess-of-a-secret-4711'
const ALL_GRANTS = ['client_credentials', 'password', 'refresh_token']

/** What must never be seen, by what it is. */
type Secrets = Map<string, string>

/** What of the secrets stands in a text. Tokens are searched for in parts, too: half of one is too much. */
function found(secrets: Secrets, text: string): readonly string[] {
  return [...secrets].filter(([, secret]) => text.includes(secret)).map(([what]) => what)
}

describe('a whole run, of which everything is logged', () => {
  const secrets: Secrets = new Map()
  const refusals: string[] = []
  const stores = createFailingStores()
  let jeton: JetonInProcess

  /** The token, and of a JWT each part that is not in every other. */
  function keepToken(what: string, token: string): void {
    secrets.set(what, token)
    const [, payload, signature] = token.split('.')
    if (signature !== undefined && payload !== undefined && payload.length > 8) secrets.set(`the payload of ${what}`, payload)
    if (signature !== undefined) secrets.set(`the signature of ${what}`, signature)
    secrets.set(`the hash of ${what}`, createHash('sha256').update(token).digest('hex'))
    secrets.set(`the hash of ${what} in base64url`, createHash('sha256').update(token).digest('base64url'))
  }

  function keep(what: string, { status, text, body }: Response): Response['body'] {
    if (status >= 400) refusals.push(text)
    for (const kind of ['access_token', 'refresh_token']) if (typeof body[kind] === 'string') keepToken(`${kind} of ${what}`, body[kind])
    return body
  }

  const token = async (what: string, form: Record<string, string> | string, client?: Credentials) =>
    keep(what, await jeton.post('/oauth2/token', form, client))

  async function newClient(what: string, client: Parameters<JetonInProcess['createClient']>[0]): Promise<Credentials> {
    const created = await jeton.createClient(client)
    if (created.secret !== '') secrets.set(`the secret of ${what}`, created.secret)
    secrets.set(`the Basic credentials of ${what}`, Buffer.from(`${created.id}:${created.secret}`).toString('base64'))
    const { secretHash } = (await jeton.stores.clients.find(clientId(created.id))) ?? {}
    if (secretHash !== undefined) secrets.set(`the hash of the secret of ${what}`, secretHash.split('$').at(-1) ?? '')
    return created
  }

  async function playTokens(what: string, client: Credentials): Promise<void> {
    const pair = await token(`${what}, first`, { grant_type: 'client_credentials' }, client)
    const user = await token(`${what}, user`, { grant_type: 'password', username: 'anna', password: PASSWORD }, client)
    const next = await token(`${what}, second`, { grant_type: 'refresh_token', refresh_token: pair.refresh_token }, client)
    const third = await token(`${what}, third`, { grant_type: 'refresh_token', refresh_token: next.refresh_token }, client)
    for (const value of [pair.access_token, pair.refresh_token, user.access_token, user.refresh_token]) {
      for (const hint of ['access_token', 'refresh_token']) {
        keep('introspection', await jeton.post('/oauth2/introspect', { token: value, token_type_hint: hint }, client))
      }
      keep('userinfo', await jeton.get('/oauth2/userinfo', value))
      keep('feed', await jeton.get('/revocations/snapshot', value))
    }
    // A replay, which ends the grant and is told of in the log.
    await token(`${what}, replayed`, { grant_type: 'refresh_token', refresh_token: pair.refresh_token }, client)
    for (const value of [third.access_token, third.refresh_token, user.refresh_token]) {
      keep('revocation', await jeton.post('/oauth2/revoke', { token: value }, client))
    }
    await token(`${what}, refused`, { grant_type: 'refresh_token', refresh_token: user.refresh_token }, client)
  }

  async function playFailures(client: Credentials): Promise<void> {
    // Everything in the wrong place: a secret as an id, a password as a name, a token as a scope, a kind or a path.
    const pair = await token('the mistaken', { grant_type: 'client_credentials' }, client)
    await token('nobody', { client_id: pair.access_token }, client)
    await token('nobody', `grant_type=${pair.access_token}&grant_type=${pair.refresh_token}`, client)
    await token('nobody', { grant_type: 'client_credentials' }, { id: client.secret, secret: client.secret })
    await token('nobody', { grant_type: 'password', username: PASSWORD, password: 'anna' }, client)
    await token('nobody', { grant_type: pair.access_token }, client)
    await token('nobody', { grant_type: 'client_credentials', scope: pair.access_token, resource: pair.refresh_token }, client)
    await token('nobody', { grant_type: 'refresh_token', refresh_token: pair.access_token }, client)
    keep('nothing', await jeton.get(`/${pair.access_token}?access_token=${pair.access_token}`))
    keep('nothing', await jeton.get(`/revocations/changes?since=${pair.access_token}`, pair.access_token))
    keep('nothing', await jeton.post('/oauth2/introspect', { token: pair.access_token, token_type_hint: client.secret }, client))
    // Last, since after these the application and the user are heard no more.
    const wrong = { id: client.id, secret: GUESSED_SECRET }
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await token('nobody', { grant_type: 'client_credentials' }, wrong)
      await token('nobody', { grant_type: 'password', username: 'anna', password: GUESSED_PASSWORD }, client)
      await token('nobody', { grant_type: 'client_credentials', client_id: client.id, client_secret: GUESSED_SECRET })
    }
  }

  async function playBrokenStores(client: Credentials): Promise<void> {
    const pair = await token('the unlucky', { grant_type: 'client_credentials' }, client)
    const user = await token('the unlucky user', { grant_type: 'password', username: 'anna', password: PASSWORD }, client)
    const said = [
      `insert failed: refresh_token=${pair.refresh_token}`,
      `Authorization: Bearer ${pair.access_token}`,
      `near "${pair.access_token}": syntax error`,
      `statement failed with parameters ["${client.secret}","${user.refresh_token}"]`,
      `connect failed: postgres://jeton:password@database/${client.secret}`,
      `password = '${PASSWORD}' is refused`,
    ]
    for (const message of said) {
      const cause = new Error(message, { cause: new Error(message) })
      stores.fail(() => Object.assign(cause, { query: message, parameters: [pair.refresh_token, client.secret], code: pair.access_token }))
      await token('nobody', { grant_type: 'refresh_token', refresh_token: pair.refresh_token }, client)
      keep('nothing', await jeton.post('/oauth2/revoke', { token: pair.access_token }, client))
      keep('nothing', await jeton.get('/oauth2/userinfo', user.access_token))
      await token('nobody', { grant_type: 'password', username: 'anna', password: PASSWORD }, client)
      await jeton.runJob('poll').catch(() => undefined)
    }
    stores.heal()
  }

  async function keepWhatIsStored(): Promise<void> {
    const { keys } = await jeton.stores.keys.list()
    const ring = await openKeyRing(keys, createSealer([SEALING_KEY]))
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      secrets.set(`the encryption key in ${encoding}`, SEALING_KEY.toString(encoding))
      secrets.set(`the key of the hashes in ${encoding}`, ring.secret().toString(encoding))
    }
    for (const key of keys) secrets.set(`the sealed key ${key.keyId}`, key.sealed.split('.').at(-1) ?? '')
    for (const user of await jeton.stores.users.list('', 10)) {
      const parts = user.passwordHash.split('$')
      secrets.set(`the salt of ${user.name}`, parts.at(-2) ?? '')
      secrets.set(`the password hash of ${user.name}`, parts.at(-1) ?? '')
    }
    for (const [what, secret] of Object.entries({ PASSWORD, NEW_PASSWORD, GUESSED_PASSWORD, GUESSED_SECRET })) secrets.set(what, secret)
  }

  beforeAll(async () => {
    const limits = '[oauth.rate_limit]\nper_client = 4\nper_user = 3\n[oauth.token_renewal]\nrefresh_grace = "0s"\n'
    jeton = await startJeton({ sealingKey: SEALING_KEY, wrapStores: stores.wrap, toml: limits })
    const { clients, users, keys } = jeton.jeton.operations
    const grants = { grantTypes: ALL_GRANTS, scopes: 'openid revocation_feed' }
    const { user } = await users.create('anna', PASSWORD)
    const generated = await users.create('bert', undefined)
    secrets.set('a generated password', generated.generated ?? '')
    await playTokens('JWT', await newClient('the JWT application', grants))
    await playTokens('OAUTH', await newClient('the OAUTH application', { ...grants, tokenType: 'OAUTH' }))
    await playBrokenStores(await newClient('the unlucky application', grants))
    const mistaken = await newClient('the mistaken application', grants)
    await playFailures(mistaken)
    await keepWhatIsStored()
    secrets.set('a new secret', (await clients.regenerateSecret(mistaken.id)).secret ?? '')
    await users.setPassword(user.id, NEW_PASSWORD)
    await users.disable(user.id)
    await clients.disable(mistaken.id)
    await clients.remove(mistaken.id)
    await keys.rotate('access')
    await keys.rotate('refresh')
    await jeton.jeton.operations.revoke({ kind: 'all' })
    await keepWhatIsStored()
    await jeton.runJob('purge')
  })
  afterAll(() => jeton.close())

  it('has met every kind of event and refusal', () => {
    expect(secrets.size).toBeGreaterThan(100)
    expect([...secrets].filter(([, secret]) => secret.length < 8)).toEqual([])
    for (const event of ['tokens_issued', 'token_refused', 'authentication_failed', 'refresh_replayed', 'revoked', 'key_rotated', 'request_failed']) {
      expect(jeton.log()).toContain(`"event":"${event}"`)
    }
    const codes = new Set(refusals.filter((text) => text !== '').map((text) => (JSON.parse(text) as { readonly error: string }).error))
    for (const code of [
      'invalid_client',
      'invalid_grant',
      'invalid_request',
      'invalid_scope',
      'slow_down',
      'server_error',
      'unsupported_grant_type',
      'invalid_token',
    ]) {
      expect(codes).toContain(code)
    }
  })

  it('shows no secret, password, token, key or hash in its log', () => {
    expect(found(secrets, jeton.log())).toEqual([])
    expect(jeton.log()).not.toMatch(/eyJ[\w-]{10}|authorization"/i)
  })

  it('shows none in what it refuses with', () => {
    expect(found(secrets, refusals.join('\n'))).toEqual([])
  })

  it('would be found to show one: each is found where it was put', () => {
    for (const [what, secret] of secrets)
      expect(found(secrets, `${jeton.log()}{"level":"info","message":"a line with ${secret} in it"}\n`)).toContain(what)
  })
})
