import { setTimeout as sleep } from 'node:timers/promises'
import type { ChaosNode } from './node.js'
import type { Stage } from './stage.js'
import { violate } from './tally.js'

const BACK_WITHIN_MS = 30_000
const POLL_MS = 50

/** Every fault has ended by itself; what it has killed and could not start is started now. */
export async function heal({ nodes }: Stage): Promise<void> {
  await Promise.all(nodes.map((node) => node.start()))
}

/** Waits until every node says that it is well and every node and gateway has read the whole log. */
export async function untilQuiet(stage: Stage, nodes: readonly ChaosNode[]): Promise<void> {
  await within(stage, 'every node is well again', async () => (await Promise.all(nodes.map(isWell))).every(Boolean))
  const [head] = await stage.database.sql('SELECT SEQ FROM JETON_HEAD WHERE ID = 1')
  const seq = Number(head?.SEQ)
  await within(stage, `every gateway has read up to ${seq}`, async () =>
    stage.gateways.every((gateway) => gateway.staleness().seq >= seq && gateway.staleness().state === 'fresh'),
  )
  await within(stage, `every node has read up to ${seq}`, async () =>
    (await Promise.all(nodes.map(async (node) => ((await readSnapshot(stage, node))?.seq ?? -1) >= seq))).every(Boolean),
  )
}

async function within(stage: Stage, what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + BACK_WITHIN_MS
  while (!(await isTrue())) {
    if (performance.now() > end) return violate(stage.tally, 'g', `not within ${BACK_WITHIN_MS} ms: ${what}`)
    await sleep(POLL_MS)
  }
}

async function isWell({ url }: ChaosNode): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) })
    const body = (await response.json()) as Readonly<Record<string, unknown>>
    return response.status === 200 && body.status === 'ok' && body.database === 'up' && body.redis === 'up'
  } catch {
    return false
  }
}

export interface Snapshot {
  readonly seq: number
  readonly entries: readonly { readonly kind: string; readonly id?: string; readonly cutoff?: number }[]
}

/** The set that a node holds. */
export async function readSnapshot({ call, checker }: Stage, node: ChaosNode): Promise<Snapshot | undefined> {
  const outcome = await call(node, '/oauth2/token', { grant_type: 'client_credentials', scope: 'revocation_feed' }, checker)
  if (typeof outcome === 'string' || outcome.status !== 200) return undefined
  try {
    const headers = { authorization: `Bearer ${String(outcome.body.access_token)}`, accept: 'application/json' }
    const response = await fetch(`${node.url}/revocations/snapshot`, { headers, signal: AbortSignal.timeout(5000) })
    return response.status === 200 ? ((await response.json()) as Snapshot) : undefined
  } catch {
    return undefined
  }
}
