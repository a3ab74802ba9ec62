import { type ChildProcess, spawn } from 'node:child_process'

export interface CommandOptions {
  readonly cwd: string
  /** What the command finds in its environment; absent: what this process has. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** All of its standard input. */
  readonly stdin?: string
}

/** A running command with everything it has printed so far. */
export interface CommandProcess {
  readonly pid: number
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>
  stdout(): string
  stderr(): string
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL after `patienceMs` (10 seconds). */
  stop(patienceMs?: number): Promise<number | null>
}

/** The outcome of a command that has ended. */
export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const PATIENCE_MS = 10_000
const COMMAND_TIMEOUT_MS = 60_000

/** Starts `node <args>`. */
export function startCommand(args: readonly string[], { cwd, env, stdin = '' }: CommandOptions): CommandProcess {
  const child = spawn(process.execPath, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'], ...(env && { env }) })
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => child.stdin.destroy())
  child.stdin.end(stdin)
  return observe(child)
}

/** Runs `node <args>` to its end. Killed when it takes longer than a minute. */
export async function runCommand(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const command = startCommand(args, options)
  const timer = setTimeout(() => command.kill('SIGKILL'), COMMAND_TIMEOUT_MS)
  try {
    const code = await command.exited
    return { code, stdout: command.stdout(), stderr: command.stderr() }
  } finally {
    clearTimeout(timer)
  }
}

function observe(child: ChildProcess): CommandProcess {
  const printed = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text
  })
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  // Whatever ends this process, nothing it has started stays behind.
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const forget = (): void => void process.off('exit', killAtExit)
  exited.then(forget, forget)
  return {
    pid: child.pid ?? 0,
    exited,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    kill: (signal) => void child.kill(signal),
    async stop(patienceMs = PATIENCE_MS) {
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      child.kill('SIGTERM')
      const code = await exited
      clearTimeout(timer)
      return code
    },
  }
}
