import { hostname } from 'node:os'
import { epochSeconds } from '../../model/time.js'
import type { PurgeReport } from '../../purge/run-purge.js'
import type { KeyOperations, StatusReport } from '../commands/operations.js'
import type { Stores } from '../resources.js'
import type { State } from './compose-state.js'

/** What the last purge of this process did. */
export interface LastPurge {
  report: { readonly endedAt: NonNullable<StatusReport['lastPurge']>['endedAt']; readonly targets: readonly PurgeReport[] } | undefined
}

export interface StatusParts {
  readonly state: State
  readonly keys: Pick<KeyOperations, 'list'>
  readonly version: string
  readonly lastPurge: LastPurge
}

/** `jeton status`. The embedded database has one node: this one. */
export function createStatus({ status }: Stores, { state, keys, version, lastPurge }: StatusParts): () => Promise<StatusReport> {
  return async () => {
    await state.follower.poll()
    const heads = state.follower.heads()
    const lastSeen = epochSeconds(Math.floor((state.follower.confirmedAtMs ?? 0) / 1000))
    return {
      version,
      epoch: String(heads.epoch),
      seq: heads.seq,
      schema: { engine: status.engine, ...(await status.migrations()) },
      nodes: [{ id: `${hostname()}:${process.pid}`, seq: state.follower.position, lastSeen }],
      storedTokens: await status.storedTokens(),
      lastPurge: lastPurge.report,
      keys: await keys.list(),
    }
  }
}
