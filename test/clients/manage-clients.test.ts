import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { type ClientRegistry, createClientRegistry } from '../../src/clients/manage-clients.js'
import { CommandRefused } from '../../src/errors/operational-errors.js'
import type { SecretHash } from '../../src/model/client.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'

const clock = { now: () => epochSeconds(1_763_690_000), nowMs: () => 1_763_690_000_000 }

function createFixture() {
  const { clients, revocations } = createMemoryDatabase(clock, { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  const announced: (RevocationEntry | undefined)[] = []
  const hashSecret = (secret: string) => `hash of ${secret}` as SecretHash
  const registry = createClientRegistry({ clients, hashSecret, clock, afterChange: async (entry) => void announced.push(entry) })
  const entries = () => revocations.since(0, 100)
  return { clients, registry, announced, entries }
}

const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (!(error instanceof CommandRefused)) throw new Error(`not refused: ${error}`)
  return error.code
}

describe('a new client', () => {
  it('gets an id of 28 letters and digits, a secret of 256 bits, and the stated defaults', async () => {
    const { registry } = createFixture()
    const { client, secret } = await registry.create({ name: 'Shop' })
    expect(client.id).toMatch(/^[0-9A-Za-z]{28}$/)
    expect(Buffer.from(secret ?? '', 'base64url')).toHaveLength(32)
    expect(client).toMatchObject({
      name: 'Shop',
      tokenType: 'JWT',
      grantTypes: ['client_credentials', 'refresh_token'],
      scopes: [],
      audiences: [],
      redirectUris: [],
    })
    expect(client).toMatchObject({ state: 'active', createdAt: 1_763_690_000 })
  })

  it('is stored with the hash of its secret only', async () => {
    const { registry, clients } = createFixture()
    const { client, secret } = await registry.create({ name: 'Shop' })
    const stored = await clients.find(client.id)
    expect(stored?.secretHash).toBe(`hash of ${secret}`)
  })

  it('never shares id or secret with another', async () => {
    const { registry } = createFixture()
    const made = await Promise.all(Array.from({ length: 20 }, () => registry.create({ name: 'Same' })))
    expect(new Set(made.flatMap(({ client, secret }) => [client.id, secret])).size).toBe(40)
  })

  it('has no secret when it is public', async () => {
    const { registry } = createFixture()
    const { client, secret } = await registry.create({ name: 'Phone', isPublic: true, tokenType: 'OAUTH' })
    expect(secret).toBeUndefined()
    expect(client).toMatchObject({ secretHash: undefined, grantTypes: ['refresh_token'], tokenType: 'OAUTH' })
  })

  it.each([
    ['RFC 6749 §4.4: client credentials for a public client', { isPublic: true, grantTypes: ['client_credentials'] }, 'invalid_grant_types'],
    ['an unknown grant type', { grantTypes: ['implicit'] }, 'invalid_grant_types'],
    ['a grant type of a later release', { grantTypes: ['authorization_code'] }, 'not_available'],
    ['RFC 6749 §3.3: a quotation mark in a scope', { scopes: 'a"b' }, 'invalid_scopes'],
    ['two spaces between scopes', { scopes: 'a  b' }, 'invalid_scopes'],
    ['a scope longer than its column', { scopes: 'a'.repeat(101) }, 'invalid_scopes'],
    ['RFC 6749 §3.1.2: a redirect URI with a fragment', { redirectUris: ['https://client.example/cb#x'] }, 'invalid_redirect_uris'],
    ['RFC 6749 §3.1.2: an empty fragment', { redirectUris: ['https://client.example/cb#'] }, 'invalid_redirect_uris'],
    ['RFC 6749 §3.1.2: a relative redirect URI', { redirectUris: ['/cb'] }, 'invalid_redirect_uris'],
    ['a redirect URI that runs code', { redirectUris: ['JavaScript:alert(1)'] }, 'invalid_redirect_uris'],
    ['a redirect URI with a line break', { redirectUris: ['https://client.example/\ncb'] }, 'invalid_redirect_uris'],
    ['an empty audience', { audiences: [''] }, 'invalid_audiences'],
    ['an audience with a space', { audiences: ['my api'] }, 'invalid_audiences'],
    ['an audience that is too long', { audiences: ['a'.repeat(256)] }, 'invalid_audiences'],
    ['RFC 7519 §2: an audience with a colon that is no URI', { audiences: ['1:2'] }, 'invalid_audiences'],
    ['an unknown token type', { tokenType: 'SAML' }, 'invalid_token_type'],
    ['an empty name', { name: ' ' }, 'invalid_name'],
    ['a name with an escape sequence', { name: 'a\u001B[2J' }, 'invalid_name'],
  ])('is refused for %s', async (_, wanted, code) => {
    const { registry, clients } = createFixture()
    expect(await refusal(registry.create({ name: 'Shop', ...wanted }))).toBe(code)
    expect(await clients.isEmpty()).toBe(true)
  })

  it('keeps what it was given: URIs as strings, plain names as audiences, each once', async () => {
    const { registry } = createFixture()
    const redirectUris = ['https://client.example/cb?a=b', 'com.example.app:/cb']
    const { client } = await registry.create({ name: 'Shop', scopes: 'b a b', redirectUris, audiences: ['orders', 'urn:x:y', 'orders'] })
    expect(client).toMatchObject({ scopes: ['b', 'a'], redirectUris, audiences: ['orders', 'urn:x:y'] })
  })
})

describe('a change of a client', () => {
  const wide = { name: 'Shop', scopes: 'a b', audiences: ['orders'], redirectUris: ['https://client.example/cb'] }

  it.each([
    ['another name', { name: 'Store' }],
    ['one scope more', { scopes: 'b a c' }],
    ['one audience more', { audiences: ['orders', 'stock'] }],
    ['one grant type more', { grantTypes: ['client_credentials', 'refresh_token', 'password'] }],
    ['one redirect URI more', { redirectUris: ['https://client.example/cb', 'https://client.example/cb2'] }],
  ])('cuts nothing off for %s', async (_, change) => {
    const { registry, entries, announced } = createFixture()
    const { client } = await registry.create(wide)
    await registry.update(client.id, change)
    expect(await entries()).toEqual([])
    expect(announced).toEqual([undefined, undefined])
  })

  it.each([
    ['a scope', { scopes: 'a' }],
    ['a grant type', { grantTypes: ['client_credentials'] }],
    ['an audience', { audiences: [] }],
    ['a redirect URI for another', { redirectUris: ['https://client.example/cb2'] }],
  ])('cuts off what was granted before when it takes away %s', async (_, change) => {
    const { registry, entries, announced } = createFixture()
    const { client } = await registry.create(wide)
    await registry.update(client.id, change)
    const [entry, ...more] = await entries()
    expect(entry).toMatchObject({ kind: 'client', id: client.id, cutoff: expect.any(Number) })
    expect(more).toEqual([])
    expect(announced.at(-1)).toEqual(entry)
  })

  it('cuts off what another one has granted a moment before it takes it away', async () => {
    const { registry, entries } = createFixture()
    const { client } = await registry.create(wide)
    await Promise.all([registry.update(client.id, { scopes: 'a b c' }), registry.update(client.id, { scopes: 'a b' })])
    expect((await registry.get(client.id)).scopes).toEqual(['a', 'b'])
    expect(await entries()).toMatchObject([{ kind: 'client', id: client.id }])
  })

  it('leaves what it does not name', async () => {
    const { registry } = createFixture()
    const { client } = await registry.create(wide)
    expect(await registry.update(client.id, { name: 'Store' })).toEqual({ ...client, name: 'Store' })
    expect(await registry.get(client.id)).toEqual({ ...client, name: 'Store' })
  })

  it('may not give client credentials to a public client (RFC 6749 §4.4)', async () => {
    const { registry } = createFixture()
    const { client } = await registry.create({ name: 'Phone', isPublic: true })
    expect(await refusal(registry.update(client.id, { grantTypes: ['client_credentials'] }))).toBe('invalid_grant_types')
  })
})

describe('the life of a client', () => {
  it('gives a new secret and cuts off what the old one obtained', async () => {
    const { registry, clients, entries } = createFixture()
    const { client, secret: old } = await registry.create({ name: 'Shop' })
    const { secret } = await registry.regenerateSecret(client.id)
    expect(secret).not.toBe(old)
    expect((await clients.find(client.id))?.secretHash).toBe(`hash of ${secret}`)
    expect(await entries()).toMatchObject([{ kind: 'client', id: client.id, cutoff: expect.any(Number) }])
  })

  it('gives no secret to a public client (RFC 6749 §2.1)', async () => {
    const { registry } = createFixture()
    const { client } = await registry.create({ name: 'Phone', isPublic: true })
    expect(await refusal(registry.regenerateSecret(client.id))).toBe('public_client')
  })

  it('refuses everything while disabled, and what was granted before after that', async () => {
    const { registry, entries } = createFixture()
    const { client } = await registry.create({ name: 'Shop' })
    expect((await registry.disable(client.id)).state).toBe('disabled')
    expect((await registry.enable(client.id)).state).toBe('active')
    expect(await entries()).toMatchObject([
      { kind: 'client', id: client.id, cutoff: undefined },
      { kind: 'client', id: client.id, cutoff: expect.any(Number) },
    ])
  })

  it('does not cut an active client off when it is enabled once more', async () => {
    const { registry, entries } = createFixture()
    const { client } = await registry.create({ name: 'Shop' })
    await registry.enable(client.id)
    expect(await entries()).toEqual([])
  })

  it('leaves an open entry when it is deleted', async () => {
    const { registry, announced } = createFixture()
    const { client } = await registry.create({ name: 'Shop' })
    await registry.remove(client.id)
    expect(announced.at(-1)).toMatchObject({ kind: 'client', id: client.id, cutoff: undefined })
    expect(await registry.list()).toEqual([])
  })

  it('lists more than one page', async () => {
    const { registry } = createFixture()
    for (let count = 0; count < 501; count += 1) await registry.create({ name: `app ${count}` })
    expect(await registry.list()).toHaveLength(501)
  })

  const verbs: readonly (keyof Omit<ClientRegistry, 'create' | 'list' | 'update'>)[] = ['get', 'regenerateSecret', 'disable', 'enable', 'remove']
  it.each(verbs)('says that there is no such client: %s', async (verb) => {
    const { registry } = createFixture()
    expect(await refusal(registry[verb]('nobody'))).toBe('not_found')
    expect(await refusal(registry[verb](''))).toBe('not_found')
  })
})
