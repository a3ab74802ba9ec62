/** How a table lies whose rows may be purged by dropping partitions. */
export interface TableLayout {
  readonly table: string
  /** `moving`: a move has begun and has not come to its end. */
  readonly state: 'plain' | 'moving' | 'partitioned'
  /** By time: those for what never goes, and for what no other one takes, do not count. */
  readonly partitions: number
  /** Epoch seconds: what goes later than this has no partition of its own yet; null: nothing has. */
  readonly until: number | null
  /** Rows without a partition of their own, 10,000 at most: so many can not be given one but by another move. */
  readonly unplaced: number
}

export interface MovedTable {
  readonly table: string
  /** false: it lay in partitions already. */
  readonly moved: boolean
  /** How many rows there were to copy. */
  readonly rows: number
}

/** Told of what a move does, as it begins with it. */
export type TellMove = (table: string, what: string) => void

/** The layout in which old rows of the revocation log and of the audit go by partitions, by the time from which they may. */
export interface Partitions {
  /** Of every table that can lie so; none where the engine has no partitions. @throws StoreUnavailable */
  layouts(): Promise<readonly TableLayout[]>
  /** Makes the partitions that will be needed soon, of the tables that lie in partitions. @returns how many it has made. @throws StoreUnavailable */
  tend(): Promise<number>
  /**
   * Moves the tables into partitions while others go on with them; what was begun before is gone on with.
   * @throws CommandRefused `not_available` where the engine has no partitions, `busy`. @throws StoreUnavailable
   */
  move(tell: TellMove): Promise<readonly MovedTable[]>
}
