import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { type Listening, listen } from '../../src/main/listen.js'
import { type RawAnswer, sendRaw } from '../http/raw-request.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

const KIBIBYTE = 1024
const GIVES_UP_AFTER_MS = 10_000

describe('what a connection is refused', () => {
  let jeton: JetonInProcess
  let listening: Listening
  let client: Credentials
  beforeAll(async () => {
    jeton = await startJeton({ toml: '[server]\nport = 0\n[oauth.rate_limit]\nenable = false' })
    client = await jeton.createClient()
    listening = await listen(jeton.settings)
    await listening.serve(jeton.jeton.app)
  })
  afterAll(async () => {
    await listening.close(0)
    await jeton.close()
  })

  const basic = () => `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
  const head = (...fields: readonly string[]): string =>
    [
      'POST /oauth2/token HTTP/1.1',
      'Host: jeton.test',
      `Authorization: ${basic()}`,
      'Content-Type: application/x-www-form-urlencoded',
      ...fields,
      '',
      '',
    ].join('\r\n')
  const send = (...parts: readonly (string | Uint8Array)[]): Promise<RawAnswer> => sendRaw({ port: listening.port, parts })
  const chunk = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n`
  const form = (length: number): string => 'grant_type=client_credentials&padding='.padEnd(length, 'x')
  const works = async () => {
    const body = form(100)
    expect((await send(head('Connection: close', `Content-Length: ${body.length}`), body)).status).toBe(200)
  }

  it('a body in chunks is read up to 64 KiB, and 413 beyond (RFC 9110 §15.5.14)', async () => {
    const chunked = head('Connection: close', 'Transfer-Encoding: chunked')
    expect((await send(chunked, chunk(form(64 * KIBIBYTE)), chunk(''))).status).toBe(200)
    const parts = [chunk(form(64 * KIBIBYTE)), chunk('x'), chunk('')]
    const answer = await send(chunked, ...parts)
    expect(answer.status).toBe(413)
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_request' })
  })

  it('a body that is announced as too large is 413, and one that never ends is not waited for', async () => {
    const answer = await sendRaw({
      port: listening.port,
      headOnly: true,
      parts: [head('Transfer-Encoding: chunked'), chunk('x'.repeat(32 * KIBIBYTE)), chunk('x'.repeat(32 * KIBIBYTE)), chunk('xx')],
    })
    expect(answer.status).toBe(413)
  })

  it('a compressed body is 415 before it is unpacked (RFC 9110 §15.5.16)', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * KIBIBYTE * KIBIBYTE, 'a'))
    const answer = await send(head('Connection: close', 'Content-Encoding: gzip', `Content-Length: ${bomb.length}`), bomb)
    expect(answer.status).toBe(415)
  })

  it('a head over 16 KiB is 431, and the connection is closed (RFC 6585 §5)', async () => {
    const answer = await send(head(`X-Padding: ${'x'.repeat(17 * KIBIBYTE)}`, 'Content-Length: 0'))
    expect({ status: answer.status, closed: answer.closed }).toEqual({ status: 431, closed: true })
    const address = await send(`GET /${'x'.repeat(20 * KIBIBYTE)} HTTP/1.1\r\nHost: jeton.test\r\n\r\n`)
    expect(address.status).toBe(431)
  })

  it.each([
    ['two lengths', () => head('Content-Length: 5', 'Content-Length: 6')],
    ['a length and chunks (RFC 9112 §6.3)', () => head('Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['a length that is no number', () => head('Content-Length: -1')],
    ['an unknown transfer coding', () => head('Transfer-Encoding: chunked, nonsense')],
    ['a chunk size that is none', () => `${head('Transfer-Encoding: chunked')}zz\r\n`],
    ['a field name with a space', () => head('Bad Name: x', 'Content-Length: 0')],
    ['NUL in a field', () => head('X-A: a\0b', 'Content-Length: 0')],
    ['no Host (RFC 9112 §3.2)', () => 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['no HTTP', () => '\x16\x03\x01\x02\0\x01'],
    ['an unknown method', () => 'FETCH /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('a request with %s is 400, and the connection is closed (RFC 9112 §6, §2.2)', async (_what, request) => {
    const answer = await send(request())
    expect({ status: answer.status, closed: answer.closed }).toEqual({ status: 400, closed: true })
    await works()
  })

  it('of two Authorization fields only the first counts', async () => {
    const body = form(100)
    const answer = await send(head('Authorization: Basic eDp5', 'Connection: close', `Content-Length: ${body.length}`), body)
    expect(answer.status).toBe(200)
  })

  it('one who hangs up in the middle of a body disturbs nobody', async () => {
    for (let times = 0; times < 20; times += 1) {
      await new Promise<void>((resolve) => {
        const socket = connect(listening.port, '127.0.0.1', () => socket.write(`${head('Content-Length: 1000')}grant_type=`, () => socket.destroy()))
        socket.on('close', () => resolve())
      })
    }
    await works()
    expect(jeton.log()).not.toContain('request_failed')
  })

  it(
    'one who sends its head or its body too slowly is given up with 408, and the connection is closed (RFC 9110 §15.5.9)',
    async () => {
      const begun = performance.now()
      const slow = [
        send('POST /oauth2/token HTTP/1.1\r\nHost: jeton.test\r\n'),
        send(`${head('Content-Length: 1000')}grant_type=`),
        send(`${head('Transfer-Encoding: chunked')}${chunk('grant_type=')}`),
      ]
      await works()
      for (const answer of await Promise.all(slow)) expect({ status: answer.status, closed: answer.closed }).toEqual({ status: 408, closed: true })
      expect(performance.now() - begun).toBeGreaterThanOrEqual(GIVES_UP_AFTER_MS - 1000)
    },
    GIVES_UP_AFTER_MS * 2,
  )
})
