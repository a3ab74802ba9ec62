import fc from 'fast-check'
import { type Listening, listen } from '../../src/main/listen.js'
import { sendRaw } from '../http/raw-request.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const FORMS = ['/oauth2/token', '/token', '/oauth2/revoke', '/oauth2/introspect']
const READ = [
  '/oauth2/jwks',
  '/oauth2/userinfo',
  '/revocations/snapshot',
  '/revocations/changes',
  '/.well-known/oauth-authorization-server',
  '/healthz',
  '/metrics',
]
const FIELDS = [
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'Accept',
  'If-None-Match',
  'Last-Event-ID',
  'X-Forwarded-For',
  'Range',
  'Expect',
  'Cookie',
  'Origin',
]

/** Every byte that a field value may hold, and some that it may not. */
const fieldByte = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0x20, max: 0xff }) },
  { weight: 1, arbitrary: fc.constantFrom(0x09, 0x00, 0x7f) },
)
const fieldValue = fc.array(fieldByte, { maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'))

describe.each(['memory', 'sqlite'] as const)('whatever is sent, there is no 5xx (%s)', (engine) => {
  let jeton: JetonInProcess
  let listening: Listening
  let client: Credentials
  let known: readonly string[]
  beforeAll(async () => {
    jeton = await startJeton({ engine, toml: '[server]\nport = 0\nbehind_tls_proxy = true\n[oauth.rate_limit]\nenable = false' })
    client = await jeton.createClient({ scopes: 'read revocation_feed openid', audiences: ['https://api.test'] })
    const opaque = await jeton.createClient({ tokenType: 'OAUTH' })
    const pairs = []
    for (const [form, credentials] of [
      [{ scope: 'read' }, client],
      [{ scope: 'revocation_feed openid' }, client],
      [{}, opaque],
    ] as const) {
      pairs.push((await jeton.post('/oauth2/token', { grant_type: 'client_credentials', ...form }, credentials).expect(200)).body)
    }
    known = pairs.flatMap((pair) => [pair.access_token, pair.refresh_token])
    listening = await listen(jeton.settings)
    await listening.serve(jeton.jeton.app)
  })
  afterAll(async () => {
    await listening.close(0)
    await jeton.close()
  })

  const basic = () => `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`

  /** Node sends heads in latin1, so that every byte goes out as it is. */
  async function statusOf(requestLine: string, fields: readonly string[], body: Uint8Array = new Uint8Array()): Promise<number> {
    const head = [`${requestLine} HTTP/1.1`, 'Host: jeton.test', ...fields, `Content-Length: ${body.length}`, '', ''].join('\r\n')
    const { status } = await sendRaw({ port: listening.port, parts: [Buffer.from(head, 'latin1'), body], headOnly: true })
    return status
  }

  function expectAnswered(status: number): void {
    expect(status).toBeGreaterThanOrEqual(200)
    expect(status).toBeLessThan(500)
  }

  it.each(FORMS)('as bytes in a form to %s', async (path) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (body, isKnown) => {
        const fields = ['Content-Type: application/x-www-form-urlencoded', ...(isKnown ? [`Authorization: ${basic()}`] : [])]
        expectAnswered(await statusOf(`POST ${path}`, fields, body))
      }),
      { numRuns: 100 },
    )
  })

  it.each(FORMS)('as parameters that nearly make sense to %s', async (path) => {
    const name = fc.constantFrom(
      'grant_type',
      'scope',
      'resource',
      'token',
      'refresh_token',
      'token_type_hint',
      'client_id',
      'username',
      'code',
      '__proto__',
    )
    const word = fc.constantFrom('client_credentials', 'refresh_token', 'access_token', 'read', 'openid', 'https://api.test', '', '\0', '-1')
    const token = fc.integer({ min: 0, max: 5 }).map((index) => known[index] ?? '')
    const part = fc.tuple(token, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 })).map(([whole, at, text]) => {
      const place = at % (whole.length + 1)
      return whole.slice(0, place) + text + whole.slice(place + 1)
    })
    const value = fc.oneof(word, token, part, fc.string({ unit: 'binary', maxLength: 300 }))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 5 }), async (parameters) => {
        const fields = ['Content-Type: application/x-www-form-urlencoded', `Authorization: ${basic()}`]
        expectAnswered(await statusOf(`POST ${path}`, fields, Buffer.from(new URLSearchParams(parameters).toString())))
      }),
      { numRuns: 150 },
    )
  })

  it.each([...READ, ...FORMS])('in the header fields to %s', async (path) => {
    const isForm = FORMS.includes(path)
    const good = fc.constantFrom('good', 'form', '*/*', 'identity')
    const meaning: Readonly<Record<string, () => string>> = {
      good: () => (isForm ? basic() : `Bearer ${known[2]}`),
      form: () => 'application/x-www-form-urlencoded',
    }
    const field = fc.tuple(
      fc.constantFrom(...FIELDS),
      fc.oneof(
        good.map((word) => meaning[word]?.() ?? word),
        fieldValue,
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(field, { maxLength: 4 }), fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'OPTIONS'), async (fields, method) => {
        // An expectation that cannot be met has a status of its own (RFC 9110 §15.5.18).
        expectAnswered(await statusOf(`${method} ${path}`, [...fields.map(([name, value]) => `${name}: ${value}`)]))
      }),
      { numRuns: 80 },
    )
  })

  it('in the address', async () => {
    const sign = fc.constantFrom(
      '/',
      '..',
      '%',
      '%00',
      '%ff',
      '%2f',
      '?',
      '&',
      '=',
      'since',
      'wait',
      ':',
      '9'.repeat(30),
      '{',
      '*',
      '#',
      '\\',
      'oauth2',
      'revocations/changes',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(sign, { maxLength: 8 }), fc.boolean(), async (parts, isFeed) => {
        const path = isFeed ? `/revocations/changes?since=${parts.join('')}` : `/${parts.join('')}`
        expectAnswered(await statusOf(`GET ${path}`, [`Authorization: Bearer ${known[2]}`]))
      }),
      { numRuns: 200 },
    )
  })

  it('and nothing of it has gone wrong inside either', () => {
    expect(jeton.log()).not.toContain('request_failed')
    expect(jeton.log()).not.toContain('store_unavailable')
  })
})
