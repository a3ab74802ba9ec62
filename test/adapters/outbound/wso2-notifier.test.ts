import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createWso2Notifier } from '../../../src/adapters/outbound/wso2-notifier.js'
import type { EventBody } from '../../../src/wso2/event-bodies.js'

const BODY: EventBody = {
  type: 'token_revocation',
  eventId: 'e',
  timeStamp: 1,
  tenantId: -1234,
  tenantDomain: 'carbon.super',
  accessToken: 'jti',
  expiryTime: 2,
  user: '',
  consumerKey: 'c',
  tokenType: 'JWT',
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

async function startReceiver(status: number, headers: Record<string, string> = {}): Promise<{ readonly url: string; readonly seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    seen.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(status, headers).end('an answer')
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/internal/data/v1/notify`, seen }
}

const notifier = (url: string) => createWso2Notifier({ url, username: 'jeton', password: 'geheim:ß', keyManager: 'WSO2-IS' })

describe("the notifier of WSO2's control plane", () => {
  it('posts the event as JSON, with its credentials and the name of the key manager', async () => {
    const { url, seen } = await startReceiver(200)
    expect(await notifier(url)(BODY)).toEqual({ kind: 'taken' })
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/internal/data/v1/notify',
        headers: {
          authorization: `Basic ${Buffer.from('jeton:geheim:ß').toString('base64')}`,
          'content-type': 'application/json',
          'x-wso2-key-manager': 'WSO2-IS',
        },
      },
    ])
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(BODY)
  })

  it.each([200, 201, 202, 204])('takes %i for taken', async (status) => {
    const { url } = await startReceiver(status)
    expect((await notifier(url)(BODY)).kind).toBe('taken')
  })

  it.each([400, 409, 413, 422])('takes %i for a refusal of this event', async (status) => {
    const { url } = await startReceiver(status)
    expect((await notifier(url)(BODY)).kind).toBe('refused')
  })

  it.each([301, 401, 403, 404, 408, 429, 500, 502, 503])('takes %i for a failure that concerns every event', async (status) => {
    const { url } = await startReceiver(status)
    expect((await notifier(url)(BODY)).kind).toBe('failed')
  })

  it('follows no redirect with its credentials', async () => {
    const elsewhere = await startReceiver(200)
    const { url } = await startReceiver(307, { location: elsewhere.url })
    expect((await notifier(url)(BODY)).kind).toBe('failed')
    expect(elsewhere.seen).toEqual([])
  })

  it('fails where nobody listens, and says no secret', async () => {
    const outcome = await notifier('http://127.0.0.1:9/notify')(BODY)
    expect(outcome).toMatchObject({ kind: 'failed', cause: { message: 'http://127.0.0.1:9/notify does not answer' } })
    if (outcome.kind === 'taken') throw new Error('taken')
    expect(`${outcome.cause.stack} ${String(outcome.cause.cause)}`).not.toMatch(/geheim|amV0b246/)
  })
})
