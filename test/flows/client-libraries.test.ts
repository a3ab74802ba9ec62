import { createServer, type Server } from 'node:http'
import { findFreePort } from '../../src/main/demo/free-port.js'
import {
  type Authentication,
  acceptAccessToken,
  type DiscoverLibrary,
  discoverOauth4webapi,
  discoverOpenidClient,
  type OAuthLibrary,
  refusalOf,
} from './client-libraries.js'
import { type JetonInProcess, startJeton } from './jeton-in-process.js'

const LIBRARIES: readonly { readonly library: string; readonly discover: DiscoverLibrary }[] = [
  { library: 'openid-client', discover: discoverOpenidClient },
  { library: 'oauth4webapi', discover: discoverOauth4webapi },
]
const MODES = [
  { mode: 'without stored tokens', toml: '' },
  { mode: 'with stored tokens', toml: '[oauth.token_persistence]\nenable = true\n' },
] as const
const KINDS = ['JWT', 'OAUTH'] as const
const PASSWORD = 'correct horse battery staple'
const AUDIENCE = 'https://api.example'

interface Served {
  readonly jeton: JetonInProcess
  readonly issuer: string
  readonly userId: string
  close(): Promise<void>
}

/** On a real database with the real time, since the libraries look at the clock. */
async function serve(toml: string): Promise<Served> {
  const port = await findFreePort()
  const issuer = `http://127.0.0.1:${port}`
  const jeton = await startJeton({ engine: 'sqlite', toml: `${toml}\n[oauth]\nissuer = "${issuer}"\n` })
  const { user } = await jeton.jeton.operations.users.create('anna', PASSWORD)
  const server: Server = createServer({ keepAliveTimeout: 120_000 }, jeton.jeton.app)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    jeton,
    issuer,
    userId: user.id,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await jeton.close()
    },
  }
}

describe.each(MODES)('$mode', ({ toml }) => {
  let served: Served
  beforeAll(async () => {
    served = await serve(toml)
  })
  afterAll(() => served.close())

  describe.each(LIBRARIES)('$library', ({ discover }) => {
    describe.each(KINDS)('of an application of type %s', (tokenType) => {
      async function libraryOf(authentication: Authentication): Promise<OAuthLibrary> {
        const isPublic = authentication === 'none'
        const grantTypes = ['password', 'refresh_token', ...(isPublic ? [] : ['client_credentials'])]
        const client = await served.jeton.createClient({ tokenType, isPublic, grantTypes, scopes: 'read write openid', audiences: [AUDIENCE] })
        return discover(served.issuer, { ...client, authentication })
      }
      const signIn = (library: OAuthLibrary, scope = 'read write openid') => library.password({ username: 'anna', password: PASSWORD, scope })

      it.each(['client_secret_basic', 'client_secret_post'] as const)(
        'goes the whole way with %s: a pair, introspected, refreshed, revoked, refused',
        async (authentication) => {
          const library = await libraryOf(authentication)
          const pair = await library.clientCredentials({ scope: 'read' })
          expect(pair).toMatchObject({ type: 'bearer', expiresIn: 3600, scope: 'read', refresh: expect.any(String) })
          expect(await library.introspect(pair.access)).toMatchObject({ active: true, scope: 'read', token_type: 'Bearer', iss: served.issuer })
          const next = await library.refresh(pair.refresh ?? '')
          expect([next.access === pair.access, next.refresh === pair.refresh]).toEqual([false, false])
          expect(await library.introspect(next.refresh ?? '', { token_type_hint: 'refresh_token' })).toMatchObject({ active: true })
          await library.revoke(next.refresh ?? '', { token_type_hint: 'refresh_token' })
          expect([await library.introspect(next.access), await library.introspect(next.refresh ?? '')]).toEqual([
            { active: false },
            { active: false },
          ])
          expect(await refusalOf(library.refresh(next.refresh ?? ''))).toEqual({ status: 400, code: 'invalid_grant', scheme: undefined })
        },
      )

      it('signs a user in, learns who it is, and narrows the scope at a refresh', async () => {
        const library = await libraryOf('client_secret_basic')
        const pair = await signIn(library)
        expect(await library.userinfo(pair.access, served.userId)).toEqual({ sub: served.userId, preferred_username: 'anna' })
        const narrow = await library.refresh(pair.refresh ?? '', { scope: 'write' })
        expect(narrow.scope).toBe('write')
        expect(await library.introspect(narrow.access)).toMatchObject({ sub: served.userId, username: 'anna', scope: 'write' })
        expect((await library.refresh(narrow.refresh ?? '')).scope).toBe('read write openid')
      })

      it('does all that a public client may, without a secret', async () => {
        const library = await libraryOf('none')
        const pair = await signIn(library)
        const next = await library.refresh(pair.refresh ?? '')
        expect(next.refresh).not.toBe(pair.refresh)
        await library.revoke(next.access)
        expect(await refusalOf(library.userinfo(next.access, served.userId))).toEqual({ status: 401, code: 'invalid_token', scheme: 'bearer' })
        expect(await refusalOf(library.introspect(next.access))).toMatchObject({ status: 401, code: 'invalid_client' })
      })

      it('hears every refusal as what it is', async () => {
        const library = await libraryOf('client_secret_post')
        const other = await libraryOf('client_secret_post')
        const pair = await signIn(library)
        const refusals = {
          scope: await refusalOf(library.clientCredentials({ scope: 'root' })),
          password: await refusalOf(library.password({ username: 'anna', password: 'wrong' })),
          target: await refusalOf(library.clientCredentials({ resource: 'https://elsewhere.example' })),
          foreign: await refusalOf(other.refresh(pair.refresh ?? '')),
          widened: await refusalOf(library.refresh(pair.refresh ?? '', { scope: 'read root' })),
          revocation: await refusalOf(other.revoke(pair.access)),
        }
        expect(Object.fromEntries(Object.entries(refusals).map(([what, { status, code }]) => [what, `${status} ${code}`]))).toEqual({
          scope: '400 invalid_scope',
          password: '400 invalid_grant',
          target: '400 invalid_target',
          foreign: '400 invalid_grant',
          widened: '400 invalid_scope',
          revocation: '400 unauthorized_client',
        })
        expect(await library.introspect(pair.access)).toMatchObject({ active: true })
      })

      it.each(['client_secret_basic', 'client_secret_post'] as const)('hears with %s that its secret is wrong', async (authentication) => {
        const { id } = await served.jeton.createClient({ tokenType })
        const library = await discover(served.issuer, { id, secret: 'wrong', authentication })
        expect(await refusalOf(library.clientCredentials({}))).toEqual({ status: 401, code: 'invalid_client', scheme: 'basic' })
        expect(await refusalOf(library.revoke('some-token'))).toMatchObject({ status: 401, code: 'invalid_client' })
      })

      it('has the grant ended when a refresh token is spent a second time', async () => {
        const library = await libraryOf('client_secret_basic')
        const first = await signIn(library)
        const second = await library.refresh(first.refresh ?? '')
        const third = await library.refresh(second.refresh ?? '')
        expect((await refusalOf(library.refresh(first.refresh ?? ''))).code).toBe('invalid_grant')
        expect((await refusalOf(library.refresh(third.refresh ?? ''))).code).toBe('invalid_grant')
        expect(await library.introspect(third.access)).toEqual({ active: false })
      })
    })

    it('finds the same metadata by either well-known path', async () => {
      const client = { id: 'any', secret: 'any', authentication: 'client_secret_basic' } as const
      const found = await discover(served.issuer, client)
      expect(await discover(served.issuer, client, 'oidc')).toMatchObject({ metadata: found.metadata })
      expect(found.metadata).toMatchObject({ issuer: served.issuer, token_endpoint: `${served.issuer}/oauth2/token` })
    })
  })

  it('a resource server accepts JWT access tokens by oauth4webapi, and none for another audience (RFC 9068 §4)', async () => {
    const client = await served.jeton.createClient({ scopes: 'read', audiences: [AUDIENCE] })
    const library = await discoverOauth4webapi(served.issuer, { ...client, authentication: 'client_secret_basic' })
    const { access, refresh } = await library.clientCredentials({})
    expect(await acceptAccessToken(served.issuer, access, AUDIENCE)).toMatchObject({ client_id: client.id, scope: 'read' })
    await expect(acceptAccessToken(served.issuer, access, 'https://other.example')).rejects.toThrow()
    await expect(acceptAccessToken(served.issuer, refresh ?? '', AUDIENCE)).rejects.toThrow()
  })
})
