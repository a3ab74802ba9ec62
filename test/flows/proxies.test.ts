import { createHmac, createPublicKey } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { pairOf } from '../../src/main/demo/oauth-client.js'
import { INSTALLED, PROXY_NAMES, type ProxyProcess } from './proxies.js'
import { ANNA, AUDIENCE, keys, type ProxyStage, setProxyStage } from './proxy-stage.js'

/** Far more than any of them needs; what they need is measured elsewhere. */
const WITHIN_MS = 10_000

let stage: ProxyStage
beforeAll(async () => {
  stage = await setProxyStage(INSTALLED)
}, 90_000)
afterAll(() => stage.close(), 30_000)

async function ask(proxy: ProxyProcess, token?: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${proxy.url}/orders`, { headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) } })
}

async function statusOf(proxy: ProxyProcess, token?: string): Promise<number> {
  const answer = await ask(proxy, token)
  await answer.arrayBuffer()
  return answer.status
}

/** What each answers: `status` as soon as it does; those that are not waited for, what they do at once. */
async function settled(token: string, status: number, awaited: readonly string[] = INSTALLED): Promise<Readonly<Record<string, number>>> {
  const settle = async (proxy: ProxyProcess): Promise<[string, number]> => {
    const end = performance.now() + WITHIN_MS
    for (;;) {
      const is = await statusOf(proxy, token)
      if (is === status || performance.now() > end || !awaited.includes(proxy.name)) return [proxy.name, is]
      await sleep(10)
    }
  }
  return Object.fromEntries(await Promise.all(stage.proxies.map(settle)))
}

const all = (status: number): Readonly<Record<string, number>> => Object.fromEntries(INSTALLED.map((name) => [name, status]))

async function pair(parameters: Readonly<Record<string, string>> = { grant_type: 'password', username: ANNA.name, password: ANNA.password }) {
  return pairOf(await stage.client.token(parameters))
}

async function issue(client = stage.client): Promise<string> {
  return String((await client.token({ grant_type: 'client_credentials' })).body.access_token)
}

for (const name of PROXY_NAMES.filter((one) => !INSTALLED.includes(one))) {
  describe.skip(`${name} (not installed)`, () => it('lets good tokens pass, and no others', () => undefined))
}

const whereAny = INSTALLED.length === 0 ? describe.skip : describe
whereAny(`the gateways of adapters/: ${INSTALLED.join(', ')}`, () => {
  it('let a good token pass, and tell whose it is', async () => {
    const token = await issue()
    expect(await settled(token, 200)).toEqual(all(200))
    for (const proxy of stage.proxies) {
      const told = await (await ask(proxy, token, { 'x-jeton-subject': 'admin', 'x-jeton-scope': 'admin' })).json()
      expect([proxy.name, told]).toEqual([
        proxy.name,
        expect.objectContaining({ 'x-jeton-subject': stage.client.id, 'x-jeton-client': stage.client.id, 'x-jeton-scope': 'orders:read' }),
      ])
    }
  })

  it('let tokens pass that are meant for others too, were signed by another key, and are of another form that is as good', async () => {
    const good = await Promise.all([
      stage.make(),
      stage.make({ aud: ['https://else.example.com', AUDIENCE] }),
      stage.make({}, {}, 'RS256'),
      stage.make({}, { typ: 'application/at+jwt' }),
      stage.make({ grant_id: undefined, grant_iat: undefined }),
    ])
    for (const token of good) expect([decodeJwt(token), await settled(token, 200)]).toEqual([decodeJwt(token), all(200)])
  })

  it('refuse with 401 what is expired, forged, or not meant for them', async () => {
    const now = Math.floor(Date.now() / 1000)
    const [header, claims, signature] = (await stage.make()).split('.') as [string, string, string]
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const none = `${encode({ alg: 'none', kid: 'made-here', typ: 'at+jwt' })}.${claims}`
    const mac = `${encode({ alg: 'HS256', kid: 'made-here', typ: 'at+jwt' })}.${claims}`
    const pem = createPublicKey(keys.ES256.publicKey.export({ type: 'spki', format: 'pem' })).export({ type: 'spki', format: 'pem' })
    const bad: Readonly<Record<string, string>> = {
      expired: await stage.make({ exp: now - 1 }),
      'without an expiry': await stage.make({ exp: undefined }),
      'of another issuer': await stage.make({ iss: 'https://else.example.com' }),
      'for another audience': await stage.make({ aud: 'https://else.example.com' }),
      'for an audience that only begins alike': await stage.make({ aud: `${AUDIENCE}.evil.example` }),
      'of another type': await stage.make({}, { typ: 'JWT' }),
      'by an unknown key': await stage.make({}, { kid: 'unknown' }),
      'by another key than it says': await stage.make({}, { kid: keys.spare.kid }),
      'without an id': await stage.make({ jti: undefined }),
      'with other claims': `${header}.${encode({ ...decodeJwt(`${header}.${claims}.`), sub: 'admin' })}.${signature}`,
      'with half a signature': `${header}.${claims}.${signature.slice(0, 43)}`,
      'without a signature': `${header}.${claims}.`,
      'with the algorithm none': `${none}.`,
      'with the public key as a secret': `${mac}.${createHmac('sha256', pem).update(mac).digest('base64url')}`,
      'that is none': 'x.y.z',
    }
    for (const [what, token] of Object.entries(bad)) {
      for (const proxy of stage.proxies) expect([proxy.name, what, await statusOf(proxy, token)]).toEqual([proxy.name, what, 401])
    }
  })

  it('ask for a token where there is none', async () => {
    for (const proxy of stage.proxies) {
      const { status, headers } = await ask(proxy)
      expect([proxy.name, status, headers.get('www-authenticate')]).toEqual([proxy.name, 401, expect.stringMatching(/^Bearer/)])
    }
  })
})

whereAny('a revocation reaches', () => {
  let anna: string
  beforeAll(async () => {
    const { json } = await stage.jeton(['users', 'create', '--name', ANNA.name, '--password-stdin'], ANNA.password)
    anna = String(json?.user_id)
  })

  /** Asserts that both pass, and after the revocation only the other. */
  async function expectReached(revoked: string, other: string, revoke: () => Promise<{ readonly code?: number | null; readonly status?: number }>) {
    expect([await settled(revoked, 200), await settled(other, 200)]).toEqual([all(200), all(200)])
    const { code, status } = await revoke()
    expect(code ?? status).toBe(code === undefined ? 200 : 0)
    expect([await settled(revoked, 401), await settled(other, 200)]).toEqual([all(401), all(200)])
  }

  it('a token', async () => {
    const token = await issue()
    await expectReached(token, await issue(), () => stage.client.revoke(token))
  })

  it('a grant, by its refresh token', async () => {
    const { access, refresh } = await pair()
    await expectReached(access, (await pair()).access, () => stage.client.revoke(refresh))
  })

  it('a client, and what was granted to it until then only', async () => {
    const client = await stage.register()
    await expectReached(await issue(client), await issue(), () => stage.jeton(['revoke', 'client', client.id]))
    expect(await settled(await issue(client), 200)).toEqual(all(200))
  })

  it('a client that is disabled, until it is enabled', async () => {
    const client = await stage.register()
    const token = await issue(client)
    await expectReached(token, await issue(), () => stage.jeton(['apps', 'disable', client.id]))
    expect((await stage.jeton(['apps', 'enable', client.id])).code).toBe(0)
    expect([await settled(await issue(client), 200), await settled(token, 401)]).toEqual([all(200), all(401)])
  })

  it('a user, and no client of the same name', async () => {
    const { access } = await pair()
    await expectReached(access, await stage.make({ sub: anna, client_id: anna }), () => stage.jeton(['revoke', 'user', ANNA.name]))
    expect(await settled((await pair()).access, 200)).toEqual(all(200))
  })

  it('a key', async () => {
    const token = await stage.make({}, {}, 'spare')
    await expectReached(token, await stage.make(), () => stage.jeton(['revoke', 'key', keys.spare.kid]))
  })

  it('an id that is no UUID, and looks like a command', async () => {
    const jti = 'a;b <<\\ %é\n'
    await expectReached(await stage.make({ jti }), await stage.make({ jti: 'a' }), () => stage.jeton(['revoke', 'token', jti]))
  })

  it('every proxy that is started again, which believes nothing before', async () => {
    const [token, good] = [await issue(), await issue()]
    await expectReached(token, good, () => stage.client.revoke(token))
    // So that nobody tells them anything.
    await stage.stopSidecar()
    const early: Record<string, number> = {}
    for (const proxy of stage.proxies) {
      await proxy.restart()
      early[proxy.name] = await statusOf(proxy, token)
    }
    expect(Object.values(early).filter((status) => status !== 401 && status !== 503)).toEqual([])
    if (INSTALLED.includes('haproxy')) expect(early.haproxy).toBe(503)
    await stage.startSidecar()
    expect([await settled(good, 200), await settled(token, 401)]).toEqual([all(200), all(401)])
  }, 60_000)

  it('tokens by keys that came after the start, at HAProxy once it was given them', async () => {
    for (let round = 0; round < 2; round++) expect((await stage.jeton(['keys', 'rotate'])).code).toBe(0)
    const token = await issue()
    const late = INSTALLED.includes('haproxy') ? { haproxy: 401 } : {}
    expect(
      await settled(
        token,
        200,
        INSTALLED.filter((name) => name !== 'haproxy'),
      ),
    ).toEqual({ ...all(200), ...late })
    await stage.renewHaproxyKeys()
    expect(await settled(token, 200)).toEqual(all(200))
    expect((await stage.client.revoke(token)).status).toBe(200)
    expect(await settled(token, 401)).toEqual(all(401))
  }, 60_000)

  it('nobody while the sidecar is gone, so that they let nothing pass after the stated time, until it is back', async () => {
    const [token, good] = [await issue(), await issue()]
    expect([await settled(token, 200), await settled(good, 200)]).toEqual([all(200), all(200)])
    await stage.stopSidecar()
    expect((await stage.client.revoke(token)).status).toBe(200)
    expect([await settled(token, 503), await settled(good, 503)]).toEqual([all(503), all(503)])
    await stage.startSidecar()
    expect([await settled(good, 200), await settled(token, 401)]).toEqual([all(200), all(401)])
  }, 60_000)

  it('everything', async () => {
    const tokens = [await issue(), (await pair()).access, await stage.make()]
    for (const token of tokens) expect(await settled(token, 200)).toEqual(all(200))
    expect((await stage.jeton(['revoke', 'all'])).code).toBe(0)
    for (const token of tokens) expect(await settled(token, 401)).toEqual(all(401))
    expect(await settled(await issue(), 200)).toEqual(all(200))
  })
})
