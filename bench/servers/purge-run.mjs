import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const JETON = fileURLToPath(new URL('../../dist/main/jeton.js', import.meta.url))

/** Starts `jeton purge tokens` with more options; `ended` gives what it printed with --json and its exit code, undefined after a signal that it does not know. */
export function startPurge({ node, config }, ...options) {
  const child = spawn(node, [JETON, 'purge', 'tokens', '--json', '--config', config, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stderr.on('data', (text) => {
    stderr = (stderr + text).slice(-4000)
  })
  const ended = once(child, 'close').then(([code, signal]) => {
    const report = code === 0 || code === 1 ? parse(stdout) : undefined
    return { code, signal, stderr, report }
  })
  return { pid: child.pid, ended, kill: () => child.kill('SIGKILL'), stop: () => child.kill('SIGTERM') }
}

const RETRY_MS = 500
const FORGOTTEN_MS = 90_000

/**
 * Starts it, again and again while a run that was killed is not forgotten, and kills it after so many milliseconds.
 * @returns what it ended with, and how long the run took that was let in, from the start of its process.
 */
export async function runPurge(server, options, killAfterMs) {
  const deadline = performance.now() + FORGOTTEN_MS
  for (;;) {
    const startedAt = performance.now()
    const purge = startPurge(server, ...options)
    const timer = killAfterMs === undefined ? undefined : setTimeout(purge.kill, killAfterMs)
    const end = await purge.ended
    clearTimeout(timer)
    if (end.report?.error?.code !== 'purge_running') return { ...end, seconds: (performance.now() - startedAt) / 1000 }
    if (performance.now() > deadline) throw new Error('a purge that was killed is not forgotten')
    await sleep(RETRY_MS)
  }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
