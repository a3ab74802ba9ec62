import type { BatchRequest, RowsByReason } from '../../../stores/purge-target.js'
import type { TypedColumn } from '../sql/row-text.js'
import type { PurgeMoment } from '../sql/wso2-purge-rules.js'
import type { RowTexts } from './keep-rows.js'
import type { PlaceRange, Walk } from './walk.js'

/** What is to go of a walked table in one transaction. */
export interface WalkedDeletion {
  readonly walk: Walk
  readonly range: PlaceRange
  readonly moment: PurgeMoment
  readonly request: BatchRequest
}

/** What has become of it, and when its first statement began that locks something, by the database's clock in milliseconds. */
export interface Removed {
  readonly deleted: RowsByReason
  readonly beganMs: number
}

export interface DescribedDeletion extends WalkedDeletion {
  /** undefined: nobody keeps the rows, or they have to be read as they are. */
  readonly texts: RowTexts | undefined
  /** Of the tables; none where the engine is not asked. */
  readonly columns: readonly TypedColumn[]
}
