/** The rows with the names of their columns in upper case, as the statements have them: PostgreSQL answers in lower case. */
export function upperCaseNames<Row>(rows: readonly object[]): readonly Row[] {
  const [first] = rows
  if (first === undefined) return []
  const names = Object.keys(first).map((name) => [name, name.toUpperCase()] as const)
  return rows.map((row) => {
    const renamed: Record<string, unknown> = {}
    for (const [name, upper] of names) renamed[upper] = Reflect.get(row, name)
    return renamed as Row
  })
}
