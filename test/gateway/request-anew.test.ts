import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServerUnavailable } from '../../src/gateway/http-requests.js'
import { requestAnew } from '../../src/gateway/request-anew.js'

const never = new AbortController().signal
const headers = { accept: 'text/plain' }

let server: Server
let connections: Socket[]
/** What a connection is sent for its request; undefined: nothing ever. */
let answers: (string | undefined)[]
let received: string
let url: URL

beforeEach(async () => {
  connections = []
  answers = []
  received = ''
  server = createServer((socket) => {
    const answer = answers[connections.push(socket) - 1]
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => {
      received += bytes.toString()
      if (answer !== undefined) socket.write(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}/feed`)
})

afterEach(() => {
  for (const socket of connections) socket.destroy()
  server.close()
})

const answer = (status: string, body: string, more = '') => `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`

it('gives what the server answers, each time on another connection', async () => {
  answers = [answer('200 OK', 'one', 'content-type: text/plain\r\n'), answer('200 OK', 'two')]
  const first = await requestAnew(url, { headers }, never)
  expect([first.headers.get('content-type'), await first.text()]).toEqual(['text/plain', 'one'])
  expect(await (await requestAnew(url, { headers }, never)).text()).toBe('two')
  expect(connections).toHaveLength(2)
})

it('opens no connection in place of one that was given up, and asks on one that is opened then', async () => {
  answers = [undefined, answer('200 OK', 'here')]
  const stop = new AbortController()
  const lost = requestAnew(url, { headers }, stop.signal)
  await sleep(50)
  stop.abort()
  await expect(lost).rejects.toThrow(ServerUnavailable)
  await sleep(50)
  expect(connections).toHaveLength(1)
  expect(await (await requestAnew(url, { headers }, never)).text()).toBe('here')
  expect(connections).toHaveLength(2)
})

it('sends a body', async () => {
  answers = [answer('200 OK', 'taken')]
  const taken = await requestAnew(url, { method: 'POST', headers, body: 'a=b' }, never)
  expect(await taken.text()).toBe('taken')
  expect(received).toMatch(/^POST \/feed HTTP\/1.1\r\n/)
  expect(received).toMatch(/\r\ncontent-length: 3\r\n/i)
  expect(received).toMatch(/\r\n\r\na=b$/)
})

it.each([
  ['401 Unauthorized', 401],
  ['307 Temporary Redirect', 307],
])('takes %s for no answer', async (status, code) => {
  answers = [answer(status, 'no', 'location: /elsewhere\r\n')]
  await expect(requestAnew(url, { headers }, never)).rejects.toMatchObject({ name: 'ServerUnavailable', status: code })
  expect(connections).toHaveLength(1)
})

it('fails as unavailable where nobody listens', async () => {
  await new Promise((resolve) => server.close(resolve))
  await expect(requestAnew(url, { headers }, never)).rejects.toThrow(ServerUnavailable)
})

it('fails in the middle with the reason of the signal, or where the connection ends too early', async () => {
  answers = [`${answer('200 OK', 'begin').replace('length: 5', 'length: 50')}`, `${answer('200 OK', 'begin').replace('length: 5', 'length: 50')}`]
  const stop = new AbortController()
  const given = await requestAnew(url, { headers }, stop.signal)
  stop.abort(new Error('it fell silent'))
  await expect(given.text()).rejects.toThrow('it fell silent')
  const cut = await requestAnew(url, { headers }, never)
  connections[1]?.destroy()
  await expect(cut.text()).rejects.toThrow()
})
