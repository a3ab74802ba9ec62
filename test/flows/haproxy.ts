import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../../src/main/demo/free-port.js'

const COMPOSE = fileURLToPath(new URL('../../compose.yaml', import.meta.url))
const READY_WITHIN_MS = 10_000

/** What `haproxy -v` says first; undefined where there is no HAProxy. */
export const haproxyVersion: string | undefined = spawnSync('haproxy', ['-v'], { encoding: 'utf8' }).stdout?.split('\n')[0]

export interface Haproxy {
  readonly url: string
  stop(): Promise<void>
}

/** The HAProxy of `compose.yaml` with its own configuration, but for the addresses: those of two nodes on loopback. */
export async function startHaproxy(port: number, nodes: readonly [number, number]): Promise<Haproxy> {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-haproxy-'))
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, onLoopback(contentOf('haproxy'), port, nodes))
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const said: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const url = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  if (await isReady(url)) return { url, stop }
  await stop()
  throw new Error(`haproxy serves no node: ${said.join('')}`)
}

/** The text of one of the files that `compose.yaml` holds under `configs`. */
export function contentOf(name: string): string {
  const [, configs = ''] = readFileSync(COMPOSE, 'utf8').split(/^configs:$/m)
  const block = new RegExp(`^  ${name}:\\n    content: \\|\\n((?:(?: {6}.*)?\\n)+)`, 'm').exec(`${configs}\n`)?.[1]
  if (block === undefined) throw new Error(`compose.yaml has no config ${name}`)
  return block.replace(/^ {6}/gm, '')
}

function onLoopback(configuration: string, port: number, nodes: readonly [number, number]): string {
  const replaced = configuration
    .replace('bind :9763', `bind 127.0.0.1:${port}`)
    .replace('jeton-1:9763', `127.0.0.1:${nodes[0]}`)
    .replace('jeton-2:9763', `127.0.0.1:${nodes[1]}`)
  if (replaced.includes('9763')) throw new Error('an address of compose.yaml has been left')
  return replaced
}

async function isReady(url: string): Promise<boolean> {
  const deadline = performance.now() + READY_WITHIN_MS
  while (performance.now() < deadline) {
    const status = await fetch(`${url}/readyz`).then(
      async (answer) => {
        await answer.arrayBuffer()
        return answer.status
      },
      () => undefined,
    )
    if (status === 200) return true
  }
  return false
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

/** Two ports for nodes and one for the HAProxy in front of them. */
export async function findPorts(): Promise<{ readonly front: number; readonly nodes: readonly [number, number] }> {
  return { front: await findFreePort(), nodes: [await findFreePort(), await findFreePort()] }
}
