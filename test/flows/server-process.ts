import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandResult, runCommand } from '../../src/main/demo/command-process.js'
import { type JetonServer, type JetonServerOptions, startJetonServer } from '../../src/main/demo/jeton-server.js'

/** The built command, as `package.json` names it in `bin.jeton`. */
export const JETON = fileURLToPath(new URL('../../dist/main/jeton.js', import.meta.url))

export interface ServerProcessOptions {
  /** What `deployment.toml` holds beside `[server]`, and beside the database if it names none. */
  readonly toml?: string
  /** The folder of an earlier server, to go on with its data. Absent: a new one, removed by `stop()`. */
  readonly folder?: string
  /** For a restart that has to keep its address. Absent: a free one. */
  readonly port?: number
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface RunOptions {
  /** Added to the command as `--config`. */
  readonly config?: string
  readonly stdin?: string
  /** Absent: the folder of `config`, else the temporary folder. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface RunResult extends CommandResult {
  /** What stood on stdout, read as JSON; undefined where it is none. */
  readonly json: Readonly<Record<string, unknown>> | undefined
}

/** Starts the built `jeton serve` on 127.0.0.1 and waits until it is ready. Whoever starts it stops it, in `afterEach` or `finally`. */
export async function startServerProcess(options: ServerProcessOptions = {}): Promise<JetonServer> {
  demandBuild()
  const own = options.folder === undefined
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'jeton-flow-'))
  const remove = (): void => (own ? rmSync(folder, { recursive: true, force: true }) : undefined)
  try {
    const server = await startJetonServer({ ...given(options), command: JETON, folder, env: environment(options.env) })
    return { ...server, stop: (patienceMs) => server.stop(patienceMs).finally(remove) }
  } catch (error) {
    remove()
    throw error
  }
}

/** Runs the built command to its end: `runJeton(['apps', 'list', '--json'], { config: server.config })`. */
export async function runJeton(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  demandBuild()
  const { config, stdin = '' } = options
  const cwd = options.cwd ?? (config === undefined ? tmpdir() : dirname(config))
  const result = await runCommand([JETON, ...args, ...(config === undefined ? [] : ['--config', config])], {
    cwd,
    stdin,
    env: environment(options.env),
  })
  return { ...result, json: parseDocument(result.stdout) }
}

function given({ toml, port }: ServerProcessOptions): Pick<JetonServerOptions, 'toml' | 'port'> {
  return { ...(toml !== undefined && { toml }), ...(port !== undefined && { port }) }
}

function demandBuild(): void {
  if (!existsSync(JETON)) throw new Error(`${JETON} is missing: run "npm run build" first ("npm ci" does it too)`)
}

// Without what jest sets, so that the command behaves as it does for a user.
function environment(added: RunOptions['env']): Readonly<Record<string, string | undefined>> {
  return { ...process.env, NODE_ENV: undefined, NODE_OPTIONS: undefined, ...added }
}

/** What a command has printed, read as JSON; undefined where it is none. */
export function parseDocument(text: string): RunResult['json'] {
  try {
    const document: unknown = JSON.parse(text)
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
