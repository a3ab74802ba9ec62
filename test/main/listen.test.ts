import { once } from 'node:events'
import { createServer } from 'node:net'
import { listen } from '../../src/main/listen.js'

const at = (port: number) => ({ server: { hostname: '127.0.0.1', port, behindTlsProxy: false }, https: undefined }) as Parameters<typeof listen>[0]

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

describe('a server that is starting', () => {
  it('answers that it can do nothing yet', async () => {
    const listening = await listen(at(0))
    try {
      expect((await fetch(listening.url)).status).toBe(503)
      expect((await fetch(`${listening.url}/healthz`)).status).toBe(200)
      await listening.serve((_request, response) => void response.end('served'))
      expect(await (await fetch(listening.url)).text()).toBe('served')
    } finally {
      await listening.close(0)
    }
  })

  it('leaves its port to the others that share it until it serves', async () => {
    const port = await freePort()
    const listening = await listen(at(port), { late: true })
    try {
      expect(listening).toMatchObject({ port, url: `http://127.0.0.1:${port}` })
      await expect(fetch(listening.url)).rejects.toThrow()
      await listening.serve((_request, response) => void response.end('served'))
      expect(await (await fetch(listening.url)).text()).toBe('served')
    } finally {
      await listening.close(0)
    }
  })

  it('is refused a port that somebody else has, late too', async () => {
    const other = await listen(at(0))
    try {
      await expect(listen(at(other.port))).rejects.toMatchObject({ code: 'cannot_listen' })
      const late = await listen(at(other.port), { late: true })
      await expect(late.serve(() => undefined)).rejects.toMatchObject({ code: 'cannot_listen' })
    } finally {
      await other.close(0)
    }
  })
})
