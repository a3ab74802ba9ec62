import { pairOf } from './oauth-client.js'
import type { Stage } from './stage.js'

const REVOCATIONS = 1_000
const MOST_MS = 1_000

/** How long after the 200 of a revocation the gateway, which tries the token without a pause, still lets it pass. */
export async function playLatency(stage: Stage): Promise<void> {
  const { steps } = stage
  steps.part('From the revocation to the gateway')
  const delays: number[] = []
  for (let count = 0; count < REVOCATIONS; count++) {
    const delay = await revokeOne(stage)
    if (delay !== undefined && delay <= MOST_MS) delays.push(delay)
  }
  steps.check(`of ${REVOCATIONS} revoked tokens, refused by the gateway within a second`, delays.length, REVOCATIONS)
  delays.sort((a, b) => a - b)
  steps.note(
    `from the 200 to the gateway's refusal: p50 ${format(percentile(delays, 0.5))}, p99 ${format(percentile(delays, 0.99))} (below 0: before the 200 arrived)`,
  )
}

/** @returns milliseconds, below 0 where the gateway was faster than the answer to the client; undefined where it never refused. */
async function revokeOne({ shop, gateway }: Stage): Promise<number | undefined> {
  const { access } = pairOf(await shop.token({ grant_type: 'client_credentials' }))
  const refusal = gateway.refusal(access)
  const { status } = await shop.revoke(access)
  const acknowledgedAt = performance.timeOrigin + performance.now()
  const refusedAt = await refusal
  return status === 200 && refusedAt !== undefined ? refusedAt - acknowledgedAt : undefined
}

function percentile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

const format = (ms: number | undefined): string => (ms === undefined ? 'unknown' : `${ms.toFixed(2)} ms`)
