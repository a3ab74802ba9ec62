import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { createOAuthClient, pairOf } from '../../src/main/demo/oauth-client.js'
import { runJeton, startServerProcess } from './server-process.js'

const EXAMPLE = 'examples/custom-issuer'
const toml = readFileSync(join(EXAMPLE, 'deployment.toml'), 'utf8')

let folder: string
let server: JetonServer | undefined
// A folder in which no package is installed, least of all Jeton.
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jeton-issuer-'))
  cpSync(EXAMPLE, folder, { recursive: true })
})
afterEach(async () => {
  await server?.stop()
  server = undefined
  rmSync(folder, { recursive: true, force: true })
})

const replaceModule = (text: string): void => writeFileSync(join(folder, 'department-issuer.mjs'), text)

/** What the operator is told of the configuration, by the command that checks it and by the one that serves. */
async function told(): Promise<readonly string[]> {
  const config = join(folder, 'deployment.toml')
  writeFileSync(config, `server.port = 0\n${toml}`)
  const checked = await runJeton(['config', 'check', '--json'], { config })
  const served = await runJeton(['serve'], { config })
  expect([checked.code, served.code]).toEqual([1, 1])
  const { problems } = checked.json as { problems: { file: string; line: number; key: string; message: string }[] }
  const { file, line, key, message } = problems[0] ?? {}
  expect([file, line, key]).toEqual([
    config,
    1 + toml.split('\n').findIndex((one) => one.startsWith('issuer')) + 1,
    'oauth.extensions.token_types.issuer',
  ])
  expect(served.stderr).toContain(`${file}:${line}: ${key}: ${message}`)
  return [message ?? '']
}

describe('examples/custom-issuer', () => {
  it('adds its claims in a server of its own, wherever it lies', async () => {
    server = await startServerProcess({ folder, toml })
    const { json } = await runJeton(['apps', 'create', '--name', 'shop', '--grant-types', 'password,client_credentials,refresh_token', '--json'], {
      config: server.config,
    })
    await runJeton(['users', 'create', '--name', 'anna', '--password-stdin'], { config: server.config, stdin: 'correct horse battery' })
    const client = createOAuthClient(server.url, { id: String(json?.client_id), secret: String(json?.client_secret) })
    const ofUser = pairOf(await client.token({ grant_type: 'password', username: 'anna', password: 'correct horse battery' }))
    expect(decodeJwt(ofUser.access)).toMatchObject({ department: 'sales', cost_centre: 4711 })
    const refreshed = pairOf(await client.refresh(ofUser.refresh))
    expect(decodeJwt(refreshed.access)).toMatchObject({ department: 'sales', cost_centre: 4711 })
    const ofItself = decodeJwt(String((await client.token({ grant_type: 'client_credentials' })).body.access_token))
    expect([ofItself.cost_centre, 'department' in ofItself]).toEqual([4711, false])
  }, 60_000)

  it('is no way to start a server whose module throws, has a mistake, or is no issuer', async () => {
    replaceModule('throw new Error("the directory is away")')
    expect(await told()).toEqual(['the module cannot be used: the directory is away'])
    replaceModule('import { ExtendedJwtTokenIssuer } from "jeton/issuer"\nexport class Mine extends ExtendedJwtTokenIssuer {')
    expect((await told())[0]).toMatch(/^the module cannot be used: Unexpected end of input/)
    replaceModule('export class Mine { claims() { return {} } }')
    expect(await told()).toEqual(['the module cannot be used: it exports no class that extends ExtendedJwtTokenIssuer of jeton/issuer'])
    replaceModule('import { none } from "not-installed"')
    expect((await told())[0]).toMatch(/^the module cannot be used: Cannot find package 'not-installed'/)
  }, 60_000)

  it('may take the class from the package’s main entry too, and does not keep a process that is done', async () => {
    replaceModule(`import { ExtendedJwtTokenIssuer } from 'jeton'
      setInterval(() => undefined, 1000)
      export class Mine extends ExtendedJwtTokenIssuer {}`)
    const config = join(folder, 'deployment.toml')
    expect(await runJeton(['config', 'check'], { config })).toMatchObject({ code: 0 })
    server = await startServerProcess({ folder, toml })
    await server.stop()
    expect(await server.exited).toBe(0)
  }, 60_000)
})
