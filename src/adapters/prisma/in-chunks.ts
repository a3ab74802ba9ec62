/** Far below the number of parameters that one statement takes. */
const ROWS_PER_STATEMENT = 500

/** The rows in the portions that go into one statement each; none for no rows. */
export function* inChunks<Row>(rows: readonly Row[], size = ROWS_PER_STATEMENT): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size)
}
