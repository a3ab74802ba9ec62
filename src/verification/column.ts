const SEGMENT_BITS = 14
/** Cells per segment. */
export const SEGMENT = 1 << SEGMENT_BITS
const WITHIN = SEGMENT - 1

type Cells = Float64Array | Int32Array | Uint32Array | Uint8Array

/** A long row of numbers, zero at first. */
export interface Column {
  get(at: number): number
  set(at: number, value: number): void
}

/** A column that grows by segments of {@link SEGMENT} cells, so that growing never copies what is there. A segment of zeros is not made. */
export function createColumn(createSegment: () => Cells): Column {
  const segments: (Cells | undefined)[] = []
  return {
    get: (at) => segments[at >>> SEGMENT_BITS]?.[at & WITHIN] ?? 0,
    set(at, value) {
      const wanted = at >>> SEGMENT_BITS
      while (segments.length <= wanted) segments.push(undefined)
      if (segments[wanted] === undefined && value !== 0) segments[wanted] = createSegment()
      const cells = segments[wanted]
      if (cells !== undefined) cells[at & WITHIN] = value
    },
  }
}
