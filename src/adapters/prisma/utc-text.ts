/** `2026-11-21 12:00:00.000`, as every engine reads it. */
export function utcText(value: Date): string {
  return value.toISOString().replace('T', ' ').replace('Z', '')
}
