const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(\d{1,12}) ?(ms|s|m|h|d)?$/

/** Milliseconds of `90` (seconds), `"90"`, `"500ms"`, `"90s"`, `"15m"`, `"1h"`, `"1d"`; undefined for anything else. */
export function parseDurationMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value * 1000 : undefined
  const [, digits, unit] = typeof value === 'string' ? (DURATION.exec(value) ?? []) : []
  return digits === undefined ? undefined : Number(digits) * (UNITS[unit ?? 's'] ?? Number.NaN)
}

/** Whether the number comes with a unit of its own. */
export function hasUnit(value: unknown): boolean {
  return typeof value === 'string' && DURATION.exec(value)?.[2] !== undefined
}
