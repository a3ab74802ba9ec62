import { decodeJwt, decodeProtectedHeader } from 'jose'
import { clientId, grantId, keyId, tokenId, userId } from '../../src/model/ids.js'
import type { RevocationEntry, RevocationKind } from '../../src/model/revocation-entry.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'
import { isInvalidGrant, type Pair, pairOf, serveTokens, type TokenCalls } from './token-calls.js'

const ANNA = { name: 'anna', password: 'a password' }

interface Scene {
  readonly jeton: JetonInProcess
  readonly calls: TokenCalls
  readonly client: Credentials
  readonly anna: string
}

const scenes: Scene[] = []
afterEach(async () => {
  for (const { jeton, calls } of scenes.splice(0)) {
    await calls.close()
    await jeton.close()
  }
})

async function setScene(engine: 'memory' | 'sqlite', tokenType: string): Promise<Scene> {
  const jeton = await startJeton({ engine })
  const calls = await serveTokens(jeton)
  const client = await jeton.createClient({ tokenType, scopes: 'openid read', grantTypes: ['client_credentials', 'password', 'refresh_token'] })
  const { user } = await jeton.jeton.operations.users.create(ANNA.name, ANNA.password)
  const scene = { jeton, calls, client, anna: user.id }
  scenes.push(scene)
  return scene
}

async function expectGood({ calls, client }: Scene, pair: Pair): Promise<void> {
  expect(await calls.isActive(client, pair.access)).toBe(true)
  expect(await calls.userinfo(pair.access)).toBe(200)
  expect(await calls.isActive(client, pair.refresh, 'refresh_token')).toBe(true)
}

/** By introspection, userinfo and refresh. */
async function expectRefused({ calls, client }: Scene, pair: Pair): Promise<void> {
  await expectAccessRefused({ calls, client }, pair)
  expect(await calls.isActive(client, pair.refresh, 'refresh_token')).toBe(false)
  expect(isInvalidGrant(await calls.refresh(client, pair.refresh))).toBe(true)
}

async function expectAccessRefused({ calls, client }: Pick<Scene, 'calls' | 'client'>, pair: Pair): Promise<void> {
  expect(await calls.isActive(client, pair.access)).toBe(false)
  expect(await calls.userinfo(pair.access)).toBe(401)
}

async function grantOf({ jeton, client }: Scene, pair: Pair): Promise<{ readonly grant: string; readonly token: string }> {
  const { body } = await jeton.post('/oauth2/introspect', { token: pair.access }, client).expect(200)
  return { grant: body.grant_id, token: body.jti }
}

const entriesOf = ({ jeton }: Scene): Promise<readonly RevocationEntry[]> => jeton.stores.revocations.since(0, 1000)

describe.each([
  ['memory', 'JWT'],
  ['memory', 'OAUTH'],
  ['sqlite', 'JWT'],
  ['sqlite', 'OAUTH'],
] as const)('on %s, a revocation of %s tokens', (engine, tokenType) => {
  it('by token refuses the access token and leaves the rest of its grant', async () => {
    const scene = await setScene(engine, tokenType)
    const [pair, other] = [await scene.calls.issue(scene.client, ANNA), await scene.calls.issue(scene.client, ANNA)]
    await expectGood(scene, pair)
    await scene.jeton.jeton.operations.revoke({ kind: 'token', id: tokenId((await grantOf(scene, pair)).token), expiresAt: undefined })
    await expectAccessRefused(scene, pair)
    await expectGood(scene, pairOf(await scene.calls.refresh(scene.client, pair.refresh)))
    await expectGood(scene, other)
  })

  it('by grant refuses all of it and nothing else', async () => {
    const scene = await setScene(engine, tokenType)
    const [pair, other] = [await scene.calls.issue(scene.client, ANNA), await scene.calls.issue(scene.client, ANNA)]
    await scene.jeton.jeton.operations.revoke({ kind: 'grant', id: grantId((await grantOf(scene, pair)).grant) })
    await expectRefused(scene, pair)
    await expectGood(scene, other)
  })

  it('by user refuses all of that user, and a token made at once afterwards is good and stays good', async () => {
    const scene = await setScene(engine, tokenType)
    const [pair, ofApplication] = [await scene.calls.issue(scene.client, ANNA), await scene.calls.issue(scene.client)]
    await scene.jeton.jeton.operations.revoke({ kind: 'subject', id: userId(scene.anna), open: false })
    await expectRefused(scene, pair)
    expect(await scene.calls.isActive(scene.client, ofApplication.access)).toBe(true)
    const next = await scene.calls.issue(scene.client, ANNA)
    await expectGood(scene, next)
    await expectGood(scene, pairOf(await scene.calls.refresh(scene.client, next.refresh)))
  })

  it.each(['client', 'all'] as const)('by %s refuses all of it, and what is made at once afterwards is good and stays good', async (kind) => {
    const scene = await setScene(engine, tokenType)
    const revoke = () => scene.jeton.jeton.operations.revoke(kind === 'all' ? { kind } : { kind, id: clientId(scene.client.id), open: false })
    const pair = await scene.calls.issue(scene.client, ANNA)
    await revoke()
    await expectRefused(scene, pair)
    const next = await scene.calls.issue(scene.client, ANNA)
    await expectGood(scene, next)
    await scene.jeton.runJob('poll')
    await expectGood(scene, next)
    await revoke()
    await expectRefused(scene, next)
  })

  it('by its access token ends that one, by its refresh token the grant (RFC 7009 §2.1)', async () => {
    const scene = await setScene(engine, tokenType)
    const pair = await scene.calls.issue(scene.client, ANNA)
    expect((await scene.calls.revoke(scene.client, pair.access)).status).toBe(200)
    await expectAccessRefused(scene, pair)
    const next = pairOf(await scene.calls.refresh(scene.client, pair.refresh))
    expect((await scene.calls.revoke(scene.client, next.refresh)).status).toBe(200)
    await expectRefused(scene, next)
    expect((await entriesOf(scene)).map(({ kind }) => kind)).toEqual(['token', 'grant'])
  })

  it('by a refresh token that is spent ends the grant too', async () => {
    const scene = await setScene(engine, tokenType)
    const pair = await scene.calls.issue(scene.client, ANNA)
    const next = pairOf(await scene.calls.refresh(scene.client, pair.refresh))
    expect((await scene.calls.revoke(scene.client, pair.refresh)).status).toBe(200)
    await expectRefused(scene, next)
  })

  it('by another client is refused and has no effect (RFC 7009 §2.1)', async () => {
    const scene = await setScene(engine, tokenType)
    const stranger = await scene.jeton.createClient()
    const pair = await scene.calls.issue(scene.client, ANNA)
    for (const token of [pair.access, pair.refresh])
      expect(await scene.calls.revoke(stranger, token)).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } })
    await expectGood(scene, pair)
    expect(await entriesOf(scene)).toEqual([])
  })

  it('of what is no token any more, or never was one, is done without effect (RFC 7009 §2.2)', async () => {
    const scene = await setScene(engine, tokenType)
    const pair = await scene.calls.issue(scene.client, ANNA)
    await scene.calls.revoke(scene.client, pair.refresh)
    const before = await entriesOf(scene)
    for (const token of [pair.access, pair.refresh, 'nonsense', `${pair.access}x`, 'jat_', 'a.b.c'])
      expect((await scene.calls.revoke(scene.client, token)).status).toBe(200)
    expect(await entriesOf(scene)).toEqual(before)
  })
})

describe.each(['memory', 'sqlite'] as const)('a revoked key (%s)', (engine) => {
  it('of access tokens takes all it signed with it, and the next signs at once', async () => {
    const scene = await setScene(engine, 'JWT')
    const pair = await scene.calls.issue(scene.client, ANNA)
    const { kid } = decodeProtectedHeader(pair.access)
    await scene.jeton.jeton.operations.keys.revoke(keyId(String(kid)))
    await expectAccessRefused(scene, pair)
    const next = pairOf(await scene.calls.refresh(scene.client, pair.refresh))
    expect(decodeProtectedHeader(next.access).kid).not.toBe(kid)
    await expectGood(scene, next)
  })

  it('of refresh tokens takes all it signed with it, and leaves access tokens', async () => {
    const scene = await setScene(engine, 'JWT')
    const pair = await scene.calls.issue(scene.client, ANNA)
    await scene.jeton.jeton.operations.keys.revoke(keyId(String(decodeProtectedHeader(pair.refresh).kid)))
    expect(isInvalidGrant(await scene.calls.refresh(scene.client, pair.refresh))).toBe(true)
    expect(await scene.calls.isActive(scene.client, pair.access)).toBe(true)
    const next = await scene.calls.issue(scene.client, ANNA)
    await expectGood(scene, pairOf(await scene.calls.refresh(scene.client, next.refresh)))
  })
})

type Change = (scene: Scene) => Promise<unknown>

const CUTS: readonly { readonly what: string; readonly kind: RevocationKind; readonly change: Change }[] = [
  { what: 'a new password', kind: 'subject', change: ({ jeton }) => jeton.jeton.operations.users.setPassword(ANNA.name, ANNA.password) },
  {
    what: 'a new client secret',
    kind: 'client',
    async change({ jeton, client }) {
      const { secret } = await jeton.jeton.operations.clients.regenerateSecret(client.id)
      Object.assign(client, { secret })
    },
  },
  {
    what: 'a scope taken away from the client',
    kind: 'client',
    change: ({ jeton, client }) => jeton.jeton.operations.clients.update(client.id, { scopes: 'openid' }),
  },
]

const SWITCHES: readonly { readonly what: string; readonly off: Change; readonly on: Change }[] = [
  {
    what: 'a user who is disabled',
    off: ({ jeton }) => jeton.jeton.operations.users.disable(ANNA.name),
    on: ({ jeton }) => jeton.jeton.operations.users.enable(ANNA.name),
  },
  {
    what: 'a client that is disabled',
    off: ({ jeton, client }) => jeton.jeton.operations.clients.disable(client.id),
    on: ({ jeton, client }) => jeton.jeton.operations.clients.enable(client.id),
  },
]

describe.each([
  ['memory', 'JWT'],
  ['memory', 'OAUTH'],
  ['sqlite', 'JWT'],
  ['sqlite', 'OAUTH'],
] as const)('on %s, with %s tokens', (engine, tokenType) => {
  it.each(CUTS)('$what cuts off what was granted before, and not what is granted from then on', async ({ kind, change }) => {
    const scene = await setScene(engine, tokenType)
    const pair = await scene.calls.issue(scene.client, ANNA)
    await change(scene)
    await expectRefused(scene, pair)
    expect((await entriesOf(scene)).map((entry) => entry.kind)).toEqual([kind])
    await expectGood(scene, await scene.calls.issue(scene.client, ANNA))
  })

  it.each(SWITCHES)(
    '$what has everything refused; enabled again, what was granted before stays refused and what is new is good',
    async ({ off, on }) => {
      const scene = await setScene(engine, tokenType)
      const asking = await scene.jeton.createClient({ scopes: 'introspect_any' })
      const pair = await scene.calls.issue(scene.client, ANNA)
      await off(scene)
      expect(await scene.calls.isActive(asking, pair.access)).toBe(false)
      expect(await scene.calls.userinfo(pair.access)).toBe(401)
      expect((await scene.calls.refresh(scene.client, pair.refresh)).body.error).toMatch(/^invalid_(grant|client)$/)
      await expect(scene.calls.issue(scene.client, ANNA)).rejects.toThrow(/invalid_(grant|client)/)
      await on(scene)
      await expectRefused(scene, pair)
      await expectGood(scene, await scene.calls.issue(scene.client, ANNA))
    },
  )

  it('a deleted user or client has everything refused', async () => {
    const scene = await setScene(engine, tokenType)
    const asking = await scene.jeton.createClient({ scopes: 'introspect_any' })
    const [ofUser, ofApplication] = [await scene.calls.issue(scene.client, ANNA), await scene.calls.issue(scene.client)]
    await scene.jeton.jeton.operations.users.remove(ANNA.name)
    await expectRefused(scene, ofUser)
    expect(await scene.calls.isActive(asking, ofApplication.access)).toBe(true)
    await scene.jeton.jeton.operations.clients.remove(scene.client.id)
    expect(await scene.calls.isActive(asking, ofApplication.access)).toBe(false)
    expect((await scene.calls.refresh(scene.client, ofApplication.refresh)).body.error).toBe('invalid_client')
    expect((await entriesOf(scene)).map(({ kind, cutoff }) => ({ kind, cutoff }))).toEqual([
      { kind: 'subject', cutoff: undefined },
      { kind: 'client', cutoff: undefined },
    ])
  })

  it('a change that takes nothing away cuts nothing off', async () => {
    const scene = await setScene(engine, tokenType)
    const pair = await scene.calls.issue(scene.client, ANNA)
    await scene.jeton.jeton.operations.clients.update(scene.client.id, { name: 'another', scopes: 'openid read write' })
    await expectGood(scene, pair)
    expect(await entriesOf(scene)).toEqual([])
  })

  it('another node refuses all of it after its next poll, and so does one that is started later', async () => {
    const scene = await setScene(engine, tokenType)
    const pair = await scene.calls.issue(scene.client, ANNA)
    const second = await startJeton({ engine, stores: scene.jeton.stores })
    await scene.jeton.jeton.operations.revoke({ kind: 'all' })
    await second.runJob('poll')
    const third = await startJeton({ engine, stores: scene.jeton.stores })
    for (const jeton of [second, third]) {
      const node = { ...scene, jeton, calls: await serveTokens(jeton) }
      scenes.push(node)
      await expectRefused(node, pair)
    }
  })
})

describe('a token whose grant was made in the reach of a cut-off', () => {
  it('says the second after the cut-off as grant_iat, and the truth as iat', async () => {
    const scene = await setScene('memory', 'JWT')
    const entry = await scene.jeton.jeton.operations.revoke({ kind: 'all' })
    const { access } = await scene.calls.issue(scene.client)
    const claims = decodeJwt(access)
    expect(claims.grant_iat).toBe((entry.cutoff ?? 0) + 1)
    expect(claims.iat).toBe(1_800_000_000)
  })
})
