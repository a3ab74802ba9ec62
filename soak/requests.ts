import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../chaos/random.js'
import type { Book, Lane, Pair } from './book.js'
import type { SoakNode } from './nodes.js'

/** `unknown`: it may have been done. */
export type Outcome = { readonly status: number; readonly body: Readonly<Record<string, unknown>> } | 'unknown'

/** Sends a request of the lane's client to a node that is up. */
export type Send = (lane: Lane, path: string, form: Readonly<Record<string, string>>) => Promise<Outcome>

const PATIENCE_MS = 20_000
const RETRY_MS = 50

export function createSend(nodes: readonly SoakNode[], random: Random): Send {
  return async ({ clientId, secret }, path, form) => {
    const headers = { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` }
    for (;;) {
      const up = nodes.filter((node) => node.isUp())
      if (up.length > 0) {
        const outcome = await ask(`${random.pick(up).url}${path}`, headers, form)
        if (outcome !== 'not sent') return outcome
      }
      await sleep(RETRY_MS)
    }
  }
}

async function ask(url: string, headers: Record<string, string>, form: Readonly<Record<string, string>>): Promise<Outcome | 'not sent'> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form), signal: AbortSignal.timeout(PATIENCE_MS) })
    const text = await response.text()
    // What was asked of a node that was going away may have been done, or not.
    if (response.status === 503) return 'unknown'
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
  } catch (error) {
    return isRefused(error) ? 'not sent' : 'unknown'
  }
}

function isRefused(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}

/** The pair of an answer; undefined, with a word in the book, where there ought to be one and is none. */
export function pairIn(outcome: Exclude<Outcome, string>, what: string, book: Book): Pair | undefined {
  const { access_token: access, refresh_token: refresh } = outcome.body
  if (outcome.status === 200 && typeof access === 'string' && typeof refresh === 'string') return { access, refresh }
  book.wrong.push(`${what} was answered with ${outcome.status} ${String(outcome.body.error ?? '')}`)
  return undefined
}
