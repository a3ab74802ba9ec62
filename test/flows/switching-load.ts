import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadyNodes } from './ready-nodes.js'
import type { Credentials } from './switching-stage.js'

export interface Served {
  readonly answers: number
  /** Whatever was not the answer that it had to be. */
  readonly failures: readonly string[]
}

interface Step {
  readonly path: string
  readonly form: Record<string, string>
  /** Whether the answer is as it has to be. */
  readonly expect: (body: Record<string, unknown>) => boolean
}

/** Clients with tokens of their own that ask, all together, `perSecond` times a second until they are stopped. Nothing is asked twice. */
export function startSwitchingLoad(nodes: ReadyNodes, applications: readonly Credentials[], perSecond: number): () => Promise<Served> {
  const served = { answers: 0, failures: [] as string[] }
  let stopped = false
  const everyMs = (1000 * applications.length) / perSecond

  async function ask({ path, form, expect }: Step, { id, secret }: Credentials): Promise<Record<string, unknown>> {
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    const answer = await fetch(`${await nodes.pick()}${path}`, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) })
    const text = await answer.text()
    const body: Record<string, unknown> = text === '' ? {} : JSON.parse(text)
    served.answers++
    if (answer.status !== 200 || !expect(body))
      throw new Error(`${path} ${form.grant_type ?? ''}: ${answer.status} ${String(body.error ?? body.active)}`)
    return body
  }

  async function live(application: Credentials): Promise<void> {
    let due = performance.now()
    const paced = async (step: Step): Promise<Record<string, unknown>> => {
      due = Math.max(due + everyMs, performance.now())
      await sleep(due - performance.now())
      return ask(step, application)
    }
    while (!stopped) {
      await story(paced).catch((error: unknown) => served.failures.push(String(error instanceof Error ? (error.cause ?? error) : error)))
    }
  }
  const all = applications.map((application) => live(application))
  return async () => {
    stopped = true
    await Promise.all(all)
    return served
  }
}

const hasPair = (body: Record<string, unknown>): boolean => typeof body.access_token === 'string' && typeof body.refresh_token === 'string'

/** The life of a grant. */
async function story(ask: (step: Step) => Promise<Record<string, unknown>>): Promise<void> {
  const introspect = async (token: unknown, active: boolean): Promise<unknown> =>
    ask({ path: '/oauth2/introspect', form: { token: String(token) }, expect: (body) => body.active === active })
  let pair = await ask({ path: '/oauth2/token', form: { grant_type: 'client_credentials' }, expect: hasPair })
  for (let generation = 1; generation <= 4; generation++) {
    await introspect(pair.access_token, true)
    const form = { grant_type: 'refresh_token', refresh_token: String(pair.refresh_token) }
    pair = await ask({ path: '/oauth2/token', form, expect: hasPair })
  }
  await introspect(pair.access_token, true)
  await ask({ path: '/oauth2/revoke', form: { token: String(pair.refresh_token) }, expect: () => true })
}
