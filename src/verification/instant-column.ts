import { createColumn, SEGMENT } from './column.js'

/** A row of times in whole seconds, 4 bytes each; undefined at first. */
export interface InstantColumn {
  get(at: number): number | undefined
  set(at: number, value: number | undefined): void
}

const NOTHING = 0
/** In a cell: the time does not fit, and stands beside. */
const BESIDE = 0xffff_ffff

export function createInstantColumn(): InstantColumn {
  const cells = createColumn(() => new Uint32Array(SEGMENT))
  const beside = new Map<number, number>()
  return {
    get(at) {
      const cell = cells.get(at)
      if (cell === BESIDE) return beside.get(at)
      return cell === NOTHING ? undefined : cell
    },
    set(at, value) {
      const fits = value === undefined || (value > NOTHING && value < BESIDE)
      if (cells.get(at) === BESIDE) beside.delete(at)
      if (!fits) beside.set(at, value)
      cells.set(at, fits ? (value ?? NOTHING) : BESIDE)
    },
  }
}
