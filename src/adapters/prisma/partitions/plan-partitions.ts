/** Rows with `from` <= PURGE_AFTER < `to`, in epoch seconds; undefined: all before `to`. */
export interface Range {
  readonly from: number | undefined
  readonly to: number
}

export interface PartitionNeeds {
  readonly now: number
  /** How much time one partition covers at least, in seconds. */
  readonly span: number
  /** How far ahead of now rows may be purged that are written now, in seconds. */
  readonly reach: number
  /** Where the newest partition ends; undefined: there is none yet. */
  readonly last: number | undefined
}

/** Every statement that does not know PURGE_AFTER looks into each partition. */
const MOST_AHEAD = 100
/** So many are there before they are needed. */
const SPARE = 2

/** Wider than the span where there would be too many, and then a multiple of it. */
export function widthOf({ span, reach }: Pick<PartitionNeeds, 'span' | 'reach'>): number {
  return span * Math.max(1, Math.ceil(reach / (span * MOST_AHEAD)))
}

/** The partitions that are missing, ascending and without a gap: from the last one, or the beginning of time, to where rows are written now. */
export function planRanges(needs: PartitionNeeds): readonly Range[] {
  const { now, reach, last } = needs
  const width = widthOf(needs)
  const present = now - (now % width)
  const ranges: Range[] = last === undefined || last < present ? [{ from: last, to: present }] : []
  const until = now + reach + SPARE * width
  for (let from = ranges[0]?.to ?? last ?? present; from < until; from = nextBound(from, width)) ranges.push({ from, to: nextBound(from, width) })
  return ranges
}

const nextBound = (from: number, width: number): number => from - (from % width) + width
