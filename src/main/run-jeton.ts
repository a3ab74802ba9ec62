import cluster from 'node:cluster'
import { text } from 'node:stream/consumers'
import { runCli } from './cli.js'
import type { Output } from './commands/command.js'
import { findControlPath } from './find-control-path.js'
import { checkConfiguration } from './load-configuration.js'
import { readVersion } from './version.js'

const output: Output = {
  stdout: (written) => void process.stdout.write(written),
  stderr: (written) => void process.stderr.write(written),
  isTerminal: process.stderr.isTTY === true,
}
const LEFTOVERS_MS = 1000
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())

process.exitCode = await runCli(
  process.argv.slice(2),
  { stdin: () => text(process.stdin), output, signal: stopping.signal, folder: process.cwd() },
  {
    version: readVersion(),
    // Loaded by whoever needs it: most commands are over before a server would be loaded.
    serve: async (configFile) => (await import('./serve.js')).serveUntil(stopping.signal, configFile, output),
    serveGateway: async (configFile) => (await import('./serve-gateway.js')).serveGatewayUntil(stopping.signal, configFile, output),
    testGateway: async (...test) => (await import('./conformance/test-gateway.js')).testGateway(...test),
    checkConfiguration,
    findControlPath,
    openDatabase: async (...needs) => (await import('./open-operations.js')).openOperations(...needs),
    openPurging: async (configFile) => (await import('./open-purging.js')).openPurging(configFile),
  },
)
// The channel to its parent would keep it alive.
if (cluster.isWorker) process.exit()
// So might what an issuer of the operator's own has left running.
setTimeout(() => process.exit(), LEFTOVERS_MS).unref()
