import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getWithToken } from './oauth-client.js'
import { type Closers, openStage, type Stage } from './stage.js'
import { createSteps, type Steps } from './steps.js'
import { playIssue } from './steps-issue.js'
import { playLatency } from './steps-latency.js'
import { playOpaque } from './steps-opaque.js'
import { playRefresh } from './steps-refresh.js'
import { playRevocationEndpoint, playRevokeCommands } from './steps-revoke.js'

const PARTS: readonly ((stage: Stage) => Promise<void>)[] = [
  playIssue,
  playRefresh,
  playRevocationEndpoint,
  playRevokeCommands,
  playOpaque,
  playLatency,
]

const print = (line: string): void => void process.stdout.write(`${line}\n`)

async function play(folder: string, steps: Steps, closers: Closers): Promise<void> {
  steps.part('Start')
  const stage = await openStage(folder, steps, closers)
  steps.check('the server', (await getWithToken(`${stage.server.url}/readyz`)).body, { status: 'ok', database: 'up', redis: 'none' })
  steps.check('the gateway, asked without a token', (await stage.gateway.ask()).status, 401)
  for (const part of PARTS) await part(stage)
}

/** What was started last is stopped first, once. */
async function close(folder: string, closers: Closers): Promise<void> {
  for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer()
  rmSync(folder, { recursive: true, force: true })
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-demo-'))
  const closers: Closers = []
  const steps = createSteps(print)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => void close(folder, closers).finally(() => process.exit(code)))
  }
  try {
    await play(folder, steps, closers)
  } catch (error) {
    steps.check('goes on', error instanceof Error ? error.message : String(error), 'without an error')
  } finally {
    await close(folder, closers)
  }
  print(`\n${steps.summary()}`)
  process.exitCode = steps.differing() === 0 ? 0 : 1
}

await main()
