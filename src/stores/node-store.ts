import type { EpochSeconds, Seconds } from '../model/time.js'

/** A running process of Jeton. */
export interface JetonNode {
  readonly id: string
  /** How far it has come in the log of revocations. */
  readonly seq: number
  /** By the database's clock. */
  readonly lastSeen: EpochSeconds
}

/** Which processes run on this database. */
export interface NodeStore {
  /** Says that the node lives and how far it has come; forgets those that have said nothing for an hour. @throws StoreUnavailable */
  announce(id: string, seq: number): Promise<void>
  /** Those that have announced themselves within this time, ascending by id. @throws StoreUnavailable */
  list(within: Seconds): Promise<readonly JetonNode[]>
}
