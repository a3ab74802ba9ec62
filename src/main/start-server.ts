import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../config/settings.js'
import { StoreUnavailable } from '../errors/operational-errors.js'
import { startBackground } from './background.js'
import { runOnServer } from './cli.js'
import type { Operations } from './commands/operations.js'
import { compose } from './compose/compose.js'
import { controlPath } from './control/control-path.js'
import { type ControlServer, startControlServer } from './control/control-server.js'
import { demandSchema } from './demand-schema.js'
import { type Listening, listen } from './listen.js'
import { getOwnIssuer, getSettings } from './load-configuration.js'
import { type OpenResources, openResources } from './open-resources.js'
import type { Resources } from './resources.js'
import { readVersion } from './version.js'
import type { Siblings } from './workers/siblings.js'

export { ExtendedJwtTokenIssuer } from '../issuers/extended-jwt-token-issuer.js'

/** A Jeton that serves. */
export interface RunningServer {
  readonly url: string
  readonly operations: Operations
  /** Drains, then closes. Nothing that was acknowledged is lost by not calling it. */
  close(): Promise<void>
}

export interface ServerOptions {
  /** The other processes that share the port. */
  readonly siblings?: Siblings
}

const DRAIN_MS = 10_000
const NOTICE_MS = 1500
const LOCK_PATIENCE_MS = 5000
const LOCK_RETRY_MS = 50

/**
 * Serves what a `deployment.toml` describes; without a file, the embedded default.
 * @throws CommandRefused for a wrong configuration or a port that is taken. @throws StoreUnavailable
 */
export async function startServer(configFile?: string, { siblings }: ServerOptions = {}): Promise<RunningServer> {
  const settings = getSettings(configFile)
  const ownIssuer = await getOwnIssuer(settings)
  const opened = await openPatiently(settings)
  try {
    const listening = await listen(settings, { late: siblings !== undefined })
    const resources: Resources = { ...opened.resources, ...(siblings !== undefined && { siblings }), ...(ownIssuer !== undefined && { ownIssuer }) }
    return await serve(settings, { ...opened, resources }, listening)
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function serve(settings: Settings, { resources, close }: OpenResources, listening: Listening): Promise<RunningServer> {
  const issuer = settings.oauth.issuer ?? `http://localhost:${listening.port}`
  const jeton = compose({ settings, issuer, version: readVersion() }, resources)
  try {
    await demandSchema(resources.stores)
    await jeton.prepare()
  } catch (error) {
    await listening.close(0)
    throw error
  }
  const control = await startControl(settings, jeton.operations)
  const background = startBackground(jeton.jobs, resources.log.sink)
  try {
    await listening.serve(jeton.app)
  } catch (error) {
    await Promise.all([control?.close(), background.stop()])
    throw error
  }
  for (const notice of settings.notices) resources.log.note('warn', 'notice', { message: notice })
  resources.log.note('info', 'serving', { addresses: listening.addresses.join(' '), issuer })
  return {
    url: listening.url,
    operations: jeton.operations,
    async close() {
      jeton.retire()
      // Whoever is in front asks /readyz, and by then sends nothing more: so no request meets a connection that is being closed.
      if (settings.server.behindTlsProxy) await sleep(NOTICE_MS)
      await Promise.all([listening.close(DRAIN_MS), control?.close()])
      await background.stop()
      await close()
      resources.log.note('info', 'stopped')
    },
  }
}

/** A command may have the lock for a moment. @throws StoreUnavailable when somebody keeps it. */
async function openPatiently(settings: Settings): Promise<OpenResources> {
  for (let waitedMs = 0; waitedMs <= LOCK_PATIENCE_MS; waitedMs += LOCK_RETRY_MS) {
    const opened = await openResources(settings)
    if (opened !== undefined) return opened
    await sleep(LOCK_RETRY_MS)
  }
  const file = settings.database.type === 'sqlite' ? settings.database.file : settings.database.name
  throw new StoreUnavailable(`the database (another process uses ${file})`)
}

/** Commands come to the one process that may use an embedded database; to a database server they go by themselves. */
async function startControl({ database }: Settings, operations: Operations): Promise<ControlServer | undefined> {
  if (database.type !== 'sqlite') return undefined
  return startControlServer(controlPath(database.file), (argv, terminal) => runOnServer(argv, terminal, operations))
}
