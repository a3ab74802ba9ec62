import { closeWhen } from '../close-when.js'
import type { ExitCode } from '../commands/command.js'
import { startServer } from '../start-server.js'
import { openParentChannel } from './parent-channel.js'
import { createSiblings } from './siblings.js'

/** Longer than the parent waits before it ends a process that does not answer. */
const PARENT_PATIENCE_MS = 2000

/** One process of several: what is to be told to people its parent tells. */
export async function serveAsWorker(stopped: AbortSignal, configFile: string | undefined): Promise<ExitCode> {
  const parent = openParentChannel()
  const server = await startServer(configFile, { siblings: createSiblings(parent, PARENT_PATIENCE_MS) })
  parent.send({ jeton: 'serving', url: server.url })
  return closeWhen(stopped, server)
}
