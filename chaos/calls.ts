import type { ChaosNode } from './node.js'
import { type Tally, violate } from './tally.js'

export interface Credentials {
  readonly id: string
  readonly secret: string
}

/** `none`: the connection closed. `late`: nothing within the patience of a client, so it may still be done. */
export type Outcome = { readonly status: number; readonly body: Readonly<Record<string, unknown>> } | 'none' | 'late'

export type Call = (node: Pick<ChaosNode, 'url'>, path: string, parameters: Readonly<Record<string, string>>, client: Credentials) => Promise<Outcome>

const PATIENCE_MS = 15_000
/** What a server may say to a right request: done, refused (RFC 6749 §5.2), or not now. */
const HONEST: readonly number[] = [200, 400, 401, 503]

/** Requests that are counted, and whose status is one that an honest server gives. */
export function createCall(tally: Tally): Call {
  return async ({ url }, path, parameters, { id, secret }) => {
    tally.requests += 1
    const outcome = await send(`${url}${path}`, parameters, `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`)
    if (outcome === 'none' || outcome === 'late') {
      tally[outcome === 'none' ? 'closed' : 'late'] += 1
      return outcome
    }
    if (outcome.status === 503) tally.refusedHonestly += 1
    if (!HONEST.includes(outcome.status)) violate(tally, 'g', `${path} answered ${outcome.status} ${String(outcome.body.error ?? '')}`)
    return outcome
  }
}

async function send(url: string, parameters: Readonly<Record<string, string>>, authorization: string): Promise<Outcome> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const response = await fetch(url, { method: 'POST', headers: { authorization }, body: new URLSearchParams(parameters), signal })
    const text = await response.text()
    return { status: response.status, body: parse(text) }
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'late' : 'none'
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
}

export const isAnswer = (outcome: Outcome): outcome is Exclude<Outcome, string> => typeof outcome !== 'string'
export const is = (outcome: Outcome, status: number): outcome is Exclude<Outcome, string> => isAnswer(outcome) && outcome.status === status

/** The claims, unverified: for the model's own reckoning only. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
