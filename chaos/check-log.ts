import { claimsOf } from './calls.js'
import { type Durable, type DurableEntry, inForce, isHit, keyOf } from './durable.js'
import { isOver } from './lifetime.js'
import type { ModelGrant, ModelToken } from './model.js'
import type { ChaosNode } from './node.js'
import { readSnapshot } from './quiet.js'
import type { Stage } from './stage.js'
import { violate } from './tally.js'

/** (c): what was in the log is there until it expires, in its order and without gaps behind the mark up to which it was trimmed; (b): so is all that was acknowledged. */
export function checkLog({ tally, model }: Stage, before: Durable | undefined, now: Durable): void {
  const force = inForce(now.entries)
  const nowSeconds = Date.now() / 1000
  if (before !== undefined && (now.epoch < before.epoch || (now.epoch === before.epoch && now.seq < before.seq))) {
    violate(tally, 'c', `the log went back from ${before.epoch}:${before.seq} to ${now.epoch}:${now.seq}`)
  }
  for (const entry of before?.entries ?? []) {
    const held = force.get(keyOf(entry))
    tally.checks += 1
    if (held === undefined && entry.expires > nowSeconds) violate(tally, 'c', `${keyOf(entry)} (${entry.seq}) is gone from the log`)
    else if (held?.cutoff !== undefined && entry.cutoff !== undefined && held.cutoff < entry.cutoff) violate(tally, 'c', `${keyOf(entry)} went back`)
  }
  // Up to the mark entries may have left, each as its time came.
  const gaps = now.entries.filter(({ seq }, at) => at > 0 && now.entries[at - 1]?.seq !== seq - 1 && seq - 1 > now.trimmedTo)
  if (gaps.length > 0) violate(tally, 'c', `the log has gaps before ${gaps.map(({ seq }) => seq).join(', ')}`)
  if (now.entries.length > 0 && now.entries.at(-1)?.seq !== now.seq) violate(tally, 'c', `the log does not end at its head ${now.seq}`)
  for (const grant of model.grants) checkAcknowledged(tally, grant, force)
}

/** A token that something hits already needs no entry of its own, and one whose time is up needs none. */
function checkAcknowledged(tally: Stage['tally'], grant: ModelGrant, force: ReadonlyMap<string, DurableEntry>): void {
  tally.checks += 1
  const isHeld = (token: ModelToken): boolean => isHit(force, token.value) || isOver(token)
  if (grant.isRowRevoked && !grant.tokens.every(isHeld)) violate(tally, 'b', `no entry for the revoked grant ${grant.id}`)
  const lost = grant.tokens.find((token) => token.standing === 'dead' && !isHeld(token))
  if (lost !== undefined) violate(tally, 'b', `no entry for the revoked token ${String(claimsOf(lost.value).jti)}`)
}

/** (d), for the nodes: the set that each tells its gateways holds everything that the database holds. */
export async function checkSnapshots(stage: Stage, nodes: readonly ChaosNode[], durable: Durable): Promise<void> {
  const force = inForce(durable.entries)
  for (const node of nodes) {
    const snapshot = await readSnapshot(stage, node)
    const held = new Map(snapshot?.entries.map((entry) => [keyOf({ kind: entry.kind, id: entry.id ?? '' }), entry]))
    const missing = [...force.values()].filter((entry) => {
      stage.tally.checks += 1
      const one = held.get(keyOf(entry))
      return one === undefined || (one.cutoff !== undefined && (entry.cutoff === undefined || one.cutoff < entry.cutoff))
    })
    const [first] = missing.filter(({ expires }) => expires > Date.now() / 1000 + 60)
    if (first !== undefined) violate(stage.tally, 'd', `node ${node.index} lacks ${missing.length} entries, such as ${keyOf(first)} (${first.seq})`)
  }
}
