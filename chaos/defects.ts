import { claimsOf } from './calls.js'
import type { ChaosNode } from './node.js'
import type { Stage } from './stage.js'

/** The node that `stale-node` keeps from hearing anything. */
export const staleNode = ({ options, nodes }: Stage): readonly ChaosNode[] => (options.defect === 'stale-node' ? nodes.slice(-1) : [])

/** Does to the run what a broken Jeton would do; the checks that follow have to find it. */
export async function plantDefect(stage: Stage): Promise<void> {
  const { options, database, model } = stage
  for (const node of staleNode(stage)) {
    node.sql.harm('cut')
    node.redis.harm('cut')
  }
  if (options.defect === 'double-head') {
    const grant = model.grants.findLast(
      ({ standing, refreshTokens, pending, client }) => standing === 'alive' && refreshTokens.length > 1 && pending === undefined && client.isSteady,
    )
    if (grant !== undefined) await database.sql(`UPDATE JETON_GRANT SET GENERATION = GENERATION - 1 WHERE GRANT_ID = '${grant.id}'`)
  }
  if (options.defect === 'lost-revocation') {
    const lost = model.grants.flatMap(({ tokens }) => tokens).findLast(({ standing }) => standing === 'dead')
    if (lost !== undefined) await database.sql(`DELETE FROM JETON_REVOCATION WHERE KIND = 'token' AND ID = '${String(claimsOf(lost.value).jti)}'`)
  }
}
