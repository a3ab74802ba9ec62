import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type CommandProcess, startCommand } from './command-process.js'
import { type Answer, getWithToken } from './oauth-client.js'

/** The gateway process, seen from outside. */
export interface Gateway {
  /** What it answers to this token; without one where there is none. */
  ask(token?: string): Promise<Answer>
  /** The status it answers to this token: `status` as soon as it does, else what it still is after `withinMs`. */
  settled(token: string, status: number, withinMs?: number): Promise<number>
  /** When it refuses this token, in milliseconds since 1970; undefined when it does not. */
  refusal(token: string): Promise<number | undefined>
  stop(): Promise<unknown>
}

export interface GatewayOptions {
  readonly issuer: string
  readonly audience: string
  readonly feed: { readonly url: string; readonly clientId: string; readonly clientSecret: string }
}

const PROGRAM = fileURLToPath(new URL('./gateway-process.js', import.meta.url))
const READY_WITHIN_MS = 20_000
/** Jeton's promise: what the command line does reaches every running node within a second. */
const EFFECT_WITHIN_MS = 1_000
const POLL_MS = 5

/** Starts the gateway process and waits until it has loaded the revocations. */
export async function startGateway(folder: string, options: GatewayOptions): Promise<Gateway> {
  const child = startCommand([PROGRAM], { cwd: folder, stdin: JSON.stringify(options) })
  const url = await addressOf(child)
  const ask = (token?: string): Promise<Answer> => getWithToken(`${url}/orders`, token)
  return {
    ask,
    async settled(token, status, withinMs = EFFECT_WITHIN_MS) {
      const end = performance.now() + withinMs
      for (;;) {
        const answer = await ask(token)
        if (answer.status === status || performance.now() > end) return answer.status
        await sleep(POLL_MS)
      }
    },
    async refusal(token) {
      const { body } = await getWithToken(`${url}/refusal`, token)
      return typeof body.refused_at === 'number' ? body.refused_at : undefined
    },
    stop: () => child.stop(),
  }
}

async function addressOf(child: CommandProcess): Promise<string> {
  const end = performance.now() + READY_WITHIN_MS
  let ended = false
  const exited = child.exited
    .catch(() => null)
    .finally(() => {
      ended = true
    })
  while (!ended && performance.now() < end) {
    const port = /\{"port":(\d+)\}\n/.exec(child.stdout())?.[1]
    if (port !== undefined) return `http://127.0.0.1:${port}`
    await Promise.race([sleep(POLL_MS), exited])
  }
  await child.stop()
  throw new Error(`the gateway did not become ready: ${child.stderr()}`)
}
