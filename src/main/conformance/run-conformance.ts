import { setTimeout as sleep } from 'node:timers/promises'
import type { Kit } from './kit.js'
import type { KitFeed } from './kit-feed.js'
import type { KitServer } from './kit-server.js'

/** What a gateway did with one token. */
export interface ConformanceCheck {
  readonly name: string
  readonly level: 'must' | 'should'
  readonly expected: 'accept' | 'refuse'
  /** HTTP status; 0: no answer. */
  readonly status: number
  readonly ok: boolean
}

export interface ConformanceRun {
  readonly kit: Kit
  readonly feed: KitFeed
  readonly server: KitServer
  /** Where the gateway judges requests. */
  readonly target: URL
  /** How long a revocation may take to arrive. */
  readonly withinMs: number
  /** How long to wait for the gateway at the beginning. */
  readonly patienceMs: number
}

type Expected = ConformanceCheck['expected']

const ASK_AGAIN_MS = 20
const ANSWER_MS = 5000

/** @returns undefined where the gateway never accepted the first good token, or never read the feed. */
export async function runConformance(run: ConformanceRun): Promise<readonly ConformanceCheck[] | undefined> {
  const { kit, server, patienceMs } = run
  const judge = createAsker(run)
  const [first] = kit.tokens
  if (first === undefined || !(await judge.until(first.name, 'accept', patienceMs)).ok || server.readers === 0) return undefined
  const checks: ConformanceCheck[] = []
  for (const { name, expect } of kit.tokens) checks.push(await judge.once(name, expect))
  for (const step of kit.play) checks.push(...(await playStep(run, judge, step)))
  return [...checks, ...(await playTricks(run, judge))]
}

async function playStep({ feed, server, withinMs }: ConformanceRun, judge: Asker, { name, entry, refuse, accept }: Kit['play'][number]) {
  server.say(feed.add(entry) + feed.heartbeat())
  const checks: ConformanceCheck[] = []
  for (const token of refuse) checks.push(await judge.until(token, 'refuse', withinMs))
  for (const token of accept) checks.push(await judge.until(token, 'accept', withinMs))
  return checks.map((check) => ({ ...check, name: `revoked: ${name}: ${check.name}` }))
}

const REVOKED = 'before any revocation: token'
const ALIVE = 'before any revocation: of that client, granted later'
const LYING_MS = 3000

/** A server that has lost its log must not make a revoked token good again, and an entry left out has to be noticed. */
async function playTricks({ feed, server, withinMs }: ConformanceRun, judge: Asker): Promise<readonly ConformanceCheck[]> {
  server.rollBack(true)
  await sleep(LYING_MS)
  const during = await judge.once(REVOKED, 'refuse')
  server.rollBack(false)
  const after = [await judge.until(ALIVE, 'accept', withinMs + LYING_MS), await judge.once(REVOKED, 'refuse')]
  // It is said to nobody: the next entry stands behind a gap, and the heartbeats are elsewhere.
  feed.add({ kind: 'grant', id: 'left-out', expires: 4_102_445_400 })
  server.say(feed.add({ kind: 'grant', id: 'behind-the-gap', expires: 4_102_445_400 }) + feed.heartbeat())
  const gap = [await judge.until(ALIVE, 'accept', withinMs + LYING_MS), await judge.once(REVOKED, 'refuse')]
  return [
    { ...during, name: 'a server that was rolled back: what was revoked' },
    ...after.map((check) => ({ ...check, name: `after it: ${check.name}` })),
    ...gap.map((check) => ({ ...check, name: `after a gap: ${check.name}` })),
  ]
}

interface Asker {
  once(name: string, expected: Expected): Promise<ConformanceCheck>
  /** Asks until it is as expected, or the time is over. */
  until(name: string, expected: Expected, withinMs: number): Promise<ConformanceCheck>
}

function createAsker({ kit, target }: ConformanceRun): Asker {
  const tokens = new Map(kit.tokens.map((token) => [token.name, token]))

  async function once(name: string, expected: Expected): Promise<ConformanceCheck> {
    const found = tokens.get(name)
    if (found === undefined) throw new TypeError(`the kit has no token called ${name}`)
    const status = await statusOf(target, found.token)
    const got = status >= 200 && status < 300 ? 'accept' : status >= 400 && status < 500 ? 'refuse' : undefined
    return { name, level: found.level, expected, status, ok: got === expected }
  }

  return {
    once,
    async until(name, expected, withinMs) {
      const end = performance.now() + withinMs
      let check = await once(name, expected)
      while (!check.ok && performance.now() < end) {
        await sleep(ASK_AGAIN_MS)
        check = await once(name, expected)
      }
      return check
    },
  }
}

async function statusOf(target: URL, token: string): Promise<number> {
  const init = { headers: { authorization: `Bearer ${token}` }, redirect: 'manual' as const, signal: AbortSignal.timeout(ANSWER_MS) }
  const response = await fetch(target, init).catch(() => undefined)
  await response?.body?.cancel()
  return response?.status ?? 0
}
