import type { Operations } from './commands/operations.js'
import { compose } from './compose/compose.js'
import { demandSchema } from './demand-schema.js'
import { getSettings } from './load-configuration.js'
import { openResources } from './open-resources.js'
import type { OpenedDatabase, SchemaNeed } from './run-on-database.js'
import { readVersion } from './version.js'

/** Opens the configured database for one command of this process. @throws CommandRefused @throws StoreUnavailable */
export async function openOperations(configFile: string | undefined, schema: SchemaNeed): Promise<OpenedDatabase<Operations>> {
  const settings = getSettings(configFile)
  const opened = await openResources({ ...settings, log: { level: 'silent' } })
  if (opened === undefined) return { heldBy: 'another process' }
  try {
    const issuer = settings.oauth.issuer ?? `http://localhost:${settings.server.port}`
    const jeton = compose({ settings, issuer, version: readVersion() }, opened.resources)
    if (schema === 'current') {
      await demandSchema(opened.resources.stores)
      await jeton.prepare()
    }
    return { operations: jeton.operations, close: opened.close }
  } catch (error) {
    await opened.close()
    throw error
  }
}
