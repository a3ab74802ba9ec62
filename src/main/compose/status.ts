import { epochSeconds, type Seconds, seconds } from '../../model/time.js'
import type { KeyOperations, StatusReport } from '../commands/operations.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

export interface StatusParts {
  readonly state: State
  readonly keys: Pick<KeyOperations, 'list'>
  readonly version: string
  readonly nodeId: string
}

/** Stored tokens: as many as every database looks at well within the time for one statement. */
const MOST_EXAMINED = 100_000

/** Who has said nothing for so long is not there. */
const SILENCE: Seconds = seconds(10)

/** `jeton status`. An embedded database has one node: this one. */
export function createStatus(
  { stores: { status, purgeRuns, partitions }, among }: Resources,
  { state, keys, version, nodeId }: StatusParts,
): () => Promise<StatusReport> {
  const nodes = async (): Promise<StatusReport['nodes']> => {
    if (among !== undefined) return among.nodes.list(SILENCE)
    const lastSeen = epochSeconds(Math.floor((state.follower.confirmedAtMs ?? 0) / 1000))
    return [{ id: nodeId, seq: state.follower.position, lastSeen }]
  }
  return async () => {
    await state.follower.poll()
    const heads = state.follower.heads()
    return {
      version,
      epoch: String(heads.epoch),
      seq: heads.seq,
      schema: { engine: status.engine, ...(await status.migrations()) },
      nodes: await nodes(),
      storedTokens: await status.storedTokens(MOST_EXAMINED),
      lastPurge: await purgeRuns.list(),
      keys: await keys.list(),
      layouts: await partitions.layouts(),
    }
  }
}
