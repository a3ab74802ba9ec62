import type { ExitCode } from './commands/command.js'

/** Leaves the server running until `stopped` is aborted. */
export async function closeWhen(stopped: AbortSignal, server: { close(): Promise<void> }): Promise<ExitCode> {
  await new Promise<void>((resolve) => {
    if (stopped.aborted) resolve()
    stopped.addEventListener('abort', () => resolve(), { once: true })
  })
  await server.close()
  return 0
}
