import { controlPath } from './control/control-path.js'
import { getSettings } from './load-configuration.js'

/** Where a server that runs on the configured database listens for commands; undefined for a database server. @throws CommandRefused for a wrong configuration */
export async function findControlPath(configFile: string | undefined): Promise<string | undefined> {
  const { database } = getSettings(configFile)
  return database.type === 'sqlite' ? controlPath(database.file) : undefined
}
