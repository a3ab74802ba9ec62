import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSettings } from '../../src/config/load-settings.js'
import type { Settings } from '../../src/config/settings.js'
import { type Listening, listen } from '../../src/main/listen.js'

const tlsFile = (name: string): string => fileURLToPath(new URL(`tls/${name}`, import.meta.url))

function settingsOf(folder: string, server: string): Settings {
  const file = join(folder, 'deployment.toml')
  const https = `[transport.https]\nenable = true\nport = 0\ncertificate_file = "${tlsFile('certificate.pem')}"\nkey_file = "${tlsFile('key.pem')}"\n`
  writeFileSync(file, `[server]\nport = 0\n${server}\n${https}`)
  const loaded = loadSettings(file, {})
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.settings
}

function statusOver(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: 'localhost', port, path: '/healthz', ca: readFileSync(tlsFile('certificate.pem')) }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
      .once('error', reject)
      .end()
  })
}

describe('listening', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-https-'))
  let listening: Listening | undefined
  afterEach(async () => {
    await listening?.close(0)
    listening = undefined
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('serves HTTPS with the certificate that is configured, beside plain HTTP on a loopback address', async () => {
    listening = await listen(settingsOf(folder, 'hostname = "127.0.0.1"'))
    expect(listening.addresses).toHaveLength(2)
    const [plain = '', secure = ''] = listening.addresses
    expect((await fetch(`${plain}/healthz`)).status).toBe(200)
    expect(await statusOver(Number(new URL(secure).port))).toBe(200)
  })

  it('serves HTTPS only on an address that others can reach', async () => {
    listening = await listen(settingsOf(folder, 'hostname = "0.0.0.0"'))
    expect(listening.addresses).toEqual([expect.stringMatching(/^https:/)])
    expect(await statusOver(listening.port)).toBe(200)
  })

  it('says which port is taken', async () => {
    listening = await listen(settingsOf(folder, 'hostname = "127.0.0.1"'))
    const settings = settingsOf(folder, 'hostname = "127.0.0.1"')
    const taken = { ...settings, server: { ...settings.server, port: listening.port } }
    await expect(listen(taken)).rejects.toMatchObject({ code: 'cannot_listen', message: expect.stringContaining(String(listening.port)) })
  })

  it('answers 503 to all but the liveness check until there is something to serve', async () => {
    listening = await listen(settingsOf(folder, 'hostname = "127.0.0.1"'))
    expect((await fetch(`${listening.url}/oauth2/jwks`)).status).toBe(503)
    expect((await fetch(`${listening.url}/healthz`)).status).toBe(200)
    await listening.serve((_request, response) => response.end('served'))
    expect(await (await fetch(`${listening.url}/oauth2/jwks`)).text()).toBe('served')
  })
})
