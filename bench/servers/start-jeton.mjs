import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configureJeton, runJeton, startConfigured } from './jeton-server.mjs'

const TOML = `[database.identity_db]
type = "sqlite"
name = "jeton.db"
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
`

/** Jeton on its embedded database, in a folder of its own, with one application; it issues pairs. */
export async function startJeton(node) {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const server = await startConfigured(await configureJeton({ node, folder, toml: TOML }))
    return {
      ...server,
      name: 'jeton',
      tokenPath: '/oauth2/token',
      jwksUrl: `${server.url}/oauth2/jwks`,
      body: 'grant_type=client_credentials&scope=read',
      credentials: createApplication(server),
      stop: () => server.stop().finally(remove),
    }
  } catch (error) {
    remove()
    throw error
  }
}

/** A confidential application that may do everything the benches ask. */
export function createApplication(server, { grantTypes = 'client_credentials,refresh_token', scopes = 'read' } = {}) {
  const { client_id: id, client_secret: secret } = runJeton(
    server,
    ...['apps', 'create', '--name', 'bench', '--grant-types', grantTypes, '--scopes', scopes],
  )
  return { id, secret }
}
