/** The row of a statement that always answers with one. @throws Error where it has not. */
export function firstRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('the database answered without the row that is always there')
  return row
}
